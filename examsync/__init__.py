"""ExamSync, the real-time exam server. Nothing runs on import; parts meet in `examsync.app`."""

__version__ = "0.1.0"
