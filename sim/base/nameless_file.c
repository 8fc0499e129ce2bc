#include "sim/base/nameless_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

int nameless_file_open(const char *directory)
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0)
        return fd;
    FILE *file = tmpfile();
    if (!file)
        return -1;
    fd = fcntl(fileno(file), F_DUPFD_CLOEXEC, 0);
    fclose(file);
    return fd;
}

uint64_t nameless_file_room_bytes(int fd)
{
    struct statvfs status;

    if (fstatvfs(fd, &status) != 0)
        return 0;
    return (uint64_t)status.f_bavail * status.f_frsize / 2;
}
