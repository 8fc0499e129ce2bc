#include "sim/base/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "traces/file_stream.h"

/* Constants of interfaces later than those of Debian 12's headers. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif
#define NET_BIND_AND_CONNECT_TCP       3ULL
#define SCOPE_ABSTRACT_SOCKETS_SIGNALS 3ULL

/* struct landlock_ruleset_attr in its latest form: only the part that the kernel knows is
 * passed. */
struct ruleset {
    uint64_t files;
    uint64_t net;    /* since version 4 */
    uint64_t scoped; /* since version 6 */
};

#define ACCESS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_FILES                                                             \
    (ACCESS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_REFER)
#define ACCESS_RENAME                                                                            \
    (LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
     LANDLOCK_ACCESS_FS_REFER)
#define ACCESS_OF_FILES /* those that apply to a file that is no directory */                    \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
     LANDLOCK_ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_IOCTL_DEV)

static const uint64_t accesses[] = {[LANDLOCK_READ] = ACCESS_READ,
                                    [LANDLOCK_FILES] = ACCESS_FILES,
                                    [LANDLOCK_RENAME] = ACCESS_RENAME,
                                    [LANDLOCK_REMOVE] = LANDLOCK_ACCESS_FS_REMOVE_DIR};

int landlock_abi(void)
{
    long abi =
        syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);

    return abi > 0 ? (int)abi : 0;
}

/* Everything that the kernel can restrict; bits unknown to a version must not be passed to it. */
static struct ruleset everything(int abi, size_t *bytes)
{
    struct ruleset all = {.files = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};

    if (abi >= 2)
        all.files |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        all.files |= LANDLOCK_ACCESS_FS_TRUNCATE;
    if (abi >= 4)
        all.net = NET_BIND_AND_CONNECT_TCP;
    if (abi >= 5)
        all.files |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
    if (abi >= 6)
        all.scoped = SCOPE_ABSTRACT_SOCKETS_SIGNALS;
    *bytes = abi >= 6   ? sizeof(all)
             : abi >= 4 ? offsetof(struct ruleset, scoped)
                        : offsetof(struct ruleset, net);
    return all;
}

static int add(int ruleset_fd, uint64_t handled, const struct landlock_rule *rule)
{
    struct landlock_path_beneath_attr beneath = {.allowed_access = accesses[rule->use] & handled};
    struct stat status;

    beneath.parent_fd = rule->path ? file_stream_descriptor(AT_FDCWD, rule->path, O_PATH) : -1;
    if (beneath.parent_fd < 0)
        return !rule->path || errno == ENOENT || errno == ENOTDIR ? 0 : -1;
    if (fstat(beneath.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode))
        beneath.allowed_access &= ACCESS_OF_FILES;
    long result =
        syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    int failure = errno;
    close(beneath.parent_fd);
    errno = failure;
    return result == 0 ? 0 : -1;
}

int landlock_restrict(const struct landlock_rule *rules, size_t count, const char **failed)
{
    size_t bytes;
    const struct ruleset all = everything(landlock_abi(), &bytes);
    int fd = (int)syscall(SYS_landlock_create_ruleset, &all, bytes, 0);
    int status = fd >= 0 ? 0 : -1;

    *failed = NULL;
    for (size_t i = 0; i < count && status == 0; i++)
        if ((status = add(fd, all.files, &rules[i])) != 0)
            *failed = rules[i].path;
    if (status == 0 && syscall(SYS_landlock_restrict_self, fd, 0) != 0)
        status = -1;
    int failure = errno;
    if (fd >= 0)
        close(fd);
    errno = failure;
    return status;
}
