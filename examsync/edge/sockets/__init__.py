"""Socket.IO: candidates on `/exam`, examiners on `/monitor`. Everything enters by `door`."""
