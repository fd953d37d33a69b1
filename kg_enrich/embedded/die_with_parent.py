"""A script that becomes another program, which the kernel ends when the parent process ends.

Arguments: the parent's process id, then the program and its arguments. It is a script of its own,
because Python code between fork and exec (preexec_fn) can hang a parent that has threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h

if __name__ == "__main__":
    parent, *command = sys.argv[1:]
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):  # the parent ended before we asked the kernel
        sys.exit(1)
    os.execv(command[0], command)
