/*
 * Preloaded into shapesim by the test of its sandbox: does once what somebody would who had got
 * hold of the process by what it reads, as soon as it reads a packet or a run's summary.
 * INTRUDER says what; one line on standard error says what came of it, "intruder: done" or the
 * error's text.
 * With INTRUDER_KERNEL=no-landlock the kernel says that it has no Landlock.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct json_t;
struct pcap;
struct pcap_pkthdr;

static long open_path(int flags)
{
    return open(getenv("INTRUDER_PATH"), flags | O_CLOEXEC, 0666);
}

static long make_connection(void)
{
    const struct sockaddr_in there = {.sin_family = AF_INET,
                                      .sin_port = htons(9),
                                      .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return fd < 0 || connect(fd, (const struct sockaddr *)&there, sizeof(there)) != 0 ? -1 : 0;
}

static long start_program(void)
{
    char name[] = "touch", *path = getenv("INTRUDER_PATH");
    char *const words[] = {name, path, NULL};

    return execv("/usr/bin/touch", words);
}

static long make_child(void)
{
    pid_t child = fork();

    if (child == 0)
        _exit(0);
    return child;
}

static long make_code(void)
{
    void *code = mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return code == MAP_FAILED ? -1 : 0;
}

static long act(const char *what)
{
    const char *path = getenv("INTRUDER_PATH");

    if (strcmp(what, "connect") == 0)
        return make_connection();
    if (strcmp(what, "local") == 0)
        return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (strcmp(what, "exec") == 0)
        return start_program();
    if (strcmp(what, "trace") == 0)
        return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
    if (strcmp(what, "fork") == 0)
        return make_child();
    if (strcmp(what, "code") == 0)
        return make_code();
    if (strcmp(what, "read") == 0)
        return open_path(O_RDONLY);
    if (strcmp(what, "write") == 0)
        return open_path(O_WRONLY | O_CREAT);
    if (strcmp(what, "remove") == 0)
        return unlink(path);
    if (strcmp(what, "link") == 0)
        return symlink("/etc/passwd", path);
    if (strcmp(what, "mode") == 0)
        return chmod(path, 0777);
    return kill(getppid(), 0);
}

static void intrude(void)
{
    static bool has_acted;
    const char *what = getenv("INTRUDER");

    if (has_acted || !what)
        return;
    has_acted = true;
    int kept = errno;
    errno = 0;
    const char *result = act(what) < 0 ? strerror(errno) : "done";
    dprintf(STDERR_FILENO, "intruder: %s\n", result);
    errno = kept;
}

long syscall(long number, ...)
{
    long (*next)(long, ...);
    void *symbol = dlsym(RTLD_NEXT, "syscall");
    const char *kernel = getenv("INTRUDER_KERNEL");
    long words[6];
    va_list rest;

    memcpy(&next, &symbol, sizeof(next));
    va_start(rest, number);
    for (int i = 0; i < 6; i++)
        words[i] = va_arg(rest, long);
    va_end(rest);
    if (kernel && strcmp(kernel, "no-landlock") == 0 && number == SYS_landlock_create_ruleset) {
        errno = ENOSYS;
        return -1;
    }
    return next(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

int pcap_next_ex(struct pcap *pcap, struct pcap_pkthdr **header, const unsigned char **data);
int pcap_next_ex(struct pcap *pcap, struct pcap_pkthdr **header, const unsigned char **data)
{
    int (*next)(struct pcap *, struct pcap_pkthdr **, const unsigned char **);
    void *symbol = dlsym(RTLD_NEXT, "pcap_next_ex");

    memcpy(&next, &symbol, sizeof(next));
    intrude();
    return next(pcap, header, data);
}

struct json_t *json_loadf(FILE *file, size_t flags, void *fault);
struct json_t *json_loadf(FILE *file, size_t flags, void *fault)
{
    struct json_t *(*next)(FILE *, size_t, void *);
    void *symbol = dlsym(RTLD_NEXT, "json_loadf");

    memcpy(&next, &symbol, sizeof(next));
    intrude();
    return next(file, flags, fault);
}
