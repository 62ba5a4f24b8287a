"""Files that only some people have are read where EXAMSYNC_REAL_QUESTIONS names their folder."""

import os

collect_ignore = [] if os.environ.get("EXAMSYNC_REAL_QUESTIONS") else ["test_real_files.py"]
