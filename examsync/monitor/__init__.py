"""What examiners see: one versioned feed per exam, of rows, connections and signals."""
