/* A file system without locks, as some NFS, FUSE and 9p are: preloaded, flock(2) answers as theirs does. */
#include <errno.h>
int flock(int fd, int operation);
int flock(int fd, int operation)
{
    (void)fd;
    (void)operation;
    errno = ENOLCK;
    return -1;
}
