#include "cases.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/thread.h>

#include "fixture.h"
#include "watch.h"

#define WRITERS      2
#define WRITES       10000
#define RECORD_BYTES 10
#define GIVE_UP_S    30

/* --- which locks are held ---------------------------------------------------------------- */

static _Thread_local int held_locks;
static int live_locks; /* made and not freed */

static void *count_alloc(unsigned type)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t *mutex = malloc(sizeof(pthread_mutex_t));

    require(mutex, "no memory");
    pthread_mutexattr_init(&attributes);
    if (type & EVTHREAD_LOCKTYPE_RECURSIVE)
        pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    live_locks++;
    return mutex;
}

static void count_free(void *lock, unsigned type)
{
    (void)type;
    pthread_mutex_destroy(lock);
    live_locks--;
    free(lock);
}

static int count_lock(unsigned mode, void *lock)
{
    int status = mode & EVTHREAD_TRY ? pthread_mutex_trylock(lock) : pthread_mutex_lock(lock);

    held_locks += status == 0;
    return status;
}

static int count_unlock(unsigned mode, void *lock)
{
    (void)mode;
    held_locks--;
    return pthread_mutex_unlock(lock);
}

static unsigned long thread_id(void)
{
    return (unsigned long)pthread_self();
}

/* Has libevent use locks that are counted, for the rest of the process. */
static void count_locks(void)
{
    const struct evthread_lock_callbacks callbacks = {
        .lock_api_version = EVTHREAD_LOCK_API_VERSION,
        .supported_locktypes = EVTHREAD_LOCKTYPE_RECURSIVE,
        .alloc = count_alloc,
        .free = count_free,
        .lock = count_lock,
        .unlock = count_unlock,
    };

    require(evthread_set_lock_callbacks(&callbacks) == 0, "libevent refuses the locks");
    evthread_set_id_callback(thread_id);
}

static void note_held_callback(struct bufferevent *end, void *arg)
{
    (void)end;
    *(int *)arg = held_locks;
}

/* Two ends that are connected, by sockets or as a pair; false if libevent refuses the options. */
static bool make_ends(struct event_base *base, bool as_pair, int options,
                      struct bufferevent *ends[2])
{
    int sockets[2];

    if (as_pair)
        return bufferevent_pair_new(base, options, ends) == 0;
    fixture_sockets(sockets);
    ends[0] = bufferevent_socket_new(base, sockets[0], BEV_OPT_CLOSE_ON_FREE);
    ends[1] = bufferevent_socket_new(base, sockets[1], options | BEV_OPT_CLOSE_ON_FREE);
    if (ends[0] && ends[1])
        return true;
    if (ends[0])
        bufferevent_free(ends[0]);
    evutil_closesocket(sockets[1]);
    return false;
}

/* The locks held in a read callback; or, if libevent refuses the options, the locks it has made and
 * not freed. */
static void print_held(bool as_pair, int options)
{
    struct bufferevent *ends[2];
    struct fixture fixture;
    int held = -1;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    int live_before = live_locks;
    if (make_ends(fixture.base, as_pair, options, ends)) {
        bufferevent_setcb(ends[1], note_held_callback, NULL, NULL, &held);
        bufferevent_enable(ends[1], EV_READ);
        write_bytes(ends[0], 1);
        for (int i = 0; i < 3; i++)
            fixture_settle(&fixture);
        printf("%d", held);
        bufferevent_free(ends[0]);
        bufferevent_free(ends[1]);
    } else {
        printf("refused, %d lock left,", live_locks - live_before);
    }
    fixture_close(&fixture);
}

/* Sockets and pairs that are safe for threads: at once, deferred, deferred and unlocked, unlocked.
 */
void act_option_unlock(void)
{
    const int options[] = {0, BEV_OPT_DEFER_CALLBACKS,
                           BEV_OPT_DEFER_CALLBACKS | BEV_OPT_UNLOCK_CALLBACKS,
                           BEV_OPT_UNLOCK_CALLBACKS};

    fixture_mute();
    count_locks();
    for (int as_pair = 0; as_pair < 2; as_pair++) {
        printf("%s", as_pair ? " pair" : "socket");
        for (int i = 0; i < 4; i++) {
            printf(" ");
            print_held(as_pair, options[i] | BEV_OPT_THREADSAFE);
        }
    }
    printf("\n");
}

/* --- two threads ------------------------------------------------------------------------- */

struct writer {
    struct bufferevent *end;
    bool in_two; /* writes each record in two halves, with the lock held */
    char letter;
};

static void *write_records(void *arg)
{
    const struct writer *writer = arg;
    char record[RECORD_BYTES];

    memset(record, writer->letter, sizeof(record));
    for (int i = 0; i < WRITES; i++) {
        if (writer->in_two) {
            bufferevent_lock(writer->end);
            bufferevent_write(writer->end, record, RECORD_BYTES / 2);
            bufferevent_write(writer->end, record, RECORD_BYTES / 2);
            bufferevent_unlock(writer->end);
        } else {
            bufferevent_write(writer->end, record, RECORD_BYTES);
        }
    }
    return NULL;
}

struct reader {
    struct event_base *base;
    int records;
    int mixed; /* records with letters of both writers */
};

static void read_records_callback(struct bufferevent *end, void *arg)
{
    struct reader *reader = arg;
    char record[RECORD_BYTES];

    while (input_bytes(end) >= RECORD_BYTES) {
        bufferevent_read(end, record, RECORD_BYTES);
        reader->records++;
        reader->mixed += memcmp(record, record + 1, RECORD_BYTES - 1) != 0;
    }
    if (reader->records == WRITERS * WRITES)
        event_base_loopbreak(reader->base);
}

static void give_up_callback(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
    require(false, "the writers do not come to an end");
}

/* Two threads write records to one end of a pair while this one reads the other: records, and those
 * that are mixed. On the system's clock. */
static void print_records(bool in_two)
{
    struct event_base *base = event_base_new();
    struct reader reader = {.base = base};
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    struct bufferevent *ends[2];

    require(base && bufferevent_pair_new(base, BEV_OPT_THREADSAFE, ends) == 0, "no pair");
    bufferevent_setcb(ends[1], read_records_callback, NULL, NULL, &reader);
    bufferevent_enable(ends[1], EV_READ);
    event_base_once(base, -1, EV_TIMEOUT, give_up_callback, NULL,
                    &(struct timeval){.tv_sec = GIVE_UP_S});
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){ends[0], in_two, (char)('a' + i)};
        require(pthread_create(&threads[i], NULL, write_records, &writers[i]) == 0, "no thread");
    }
    event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    printf("%d records %d mixed", reader.records, reader.mixed);
    bufferevent_free(ends[0]);
    bufferevent_free(ends[1]);
    event_base_loop(base, EVLOOP_NONBLOCK);
    event_base_free(base);
}

/* What libevent returns without threads, then the records. */
void act_option_threadsafe(void)
{
    struct bufferevent *ends[2];
    struct fixture fixture;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    printf("pair %d", bufferevent_pair_new(fixture.base, BEV_OPT_THREADSAFE, ends));
    printf(" socket %s",
           bufferevent_socket_new(fixture.base, -1, BEV_OPT_THREADSAFE) ? "made" : "NULL");
    fixture_close(&fixture);
    require(evthread_use_pthreads() == 0, "no threads");
    printf(", with threads ");
    print_records(false);
    printf("\n");
}

/* --- lock and unlock --------------------------------------------------------------------- */

/* The locks held after lock, lock, unlock, unlock. */
static void print_lock_depths(int options)
{
    struct fixture fixture;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct bufferevent *end = bufferevent_socket_new(fixture.base, -1, options);
    require(end, "no bufferevent");
    for (int i = 0; i < 4; i++) {
        if (i < 2)
            bufferevent_lock(end);
        else
            bufferevent_unlock(end);
        printf("%d ", held_locks);
    }
    bufferevent_free(end);
    fixture_close(&fixture);
}

/* A bufferevent that is freed while it is locked: its descriptor after a pass of the loop, and
 * after it is unlocked and a pass. */
static void print_freed_while_locked(void)
{
    struct bufferevent *ends[2];
    struct fixture fixture;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    require(make_ends(fixture.base, false, BEV_OPT_THREADSAFE, ends), "no bufferevent");
    int fd = bufferevent_getfd(ends[1]);
    bufferevent_lock(ends[1]);
    bufferevent_free(ends[1]);
    fixture_settle(&fixture);
    printf("freed %s", fixture_descriptor(fd));
    bufferevent_unlock(ends[1]);
    fixture_settle(&fixture);
    printf(" %s", fixture_descriptor(fd));
    bufferevent_free(ends[0]);
    fixture_close(&fixture);
}

void act_socket_lock(void)
{
    count_locks();
    print_lock_depths(BEV_OPT_THREADSAFE);
    printf("without ");
    print_lock_depths(0);
    print_freed_while_locked();
    printf("\n");
}

/* Records in two writes, which the lock keeps together. */
void act_socket_lock_threads(void)
{
    require(evthread_use_pthreads() == 0, "no threads");
    print_records(true);
    printf("\n");
}
