// Shifts the wall clock of the programs it is loaded into, and only the wall clock: monotonic time stays true.
//
//   cc -shared -fPIC -o clockshift.so clockshift.c -ldl
//   CLOCKSHIFT_FILE=offset LD_PRELOAD=./clockshift.so sla-watcher
//
// The file holds the offset in seconds, a signed 64-bit integer in the machine's order. Programs see a change at once:
// they map the file. Waits until a moment of the wall clock end when the shifted clock shows it, as they do when
// somebody sets the machine's clock; they look at it every 200 ms. librdkafka's waits (`timespec_get`, `cnd_timedwait`)
// keep to the true time.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

// A moment later than this, in seconds, is one of the wall clock: no machine runs for thirty years.
#define WALL_SECONDS 1000000000L
#define SLICE_NANOSECONDS 200000000L

static const volatile int64_t *offset;

__attribute__((constructor)) static void map_offset(void) {
    const char *path = getenv("CLOCKSHIFT_FILE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *page = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED) offset = page;
}

static int true_time(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    return real(clock, now);
}

static int64_t shift(void) { return offset ? *offset : 0; }

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = true_time(clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += shift();
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    static int (*real)(struct timeval *, void *);
    if (!real) real = dlsym(RTLD_NEXT, "gettimeofday");
    int result = real(now, zone);
    if (result == 0) now->tv_sec += shift();
    return result;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}

// The true moment until which to wait next, at most a slice from now; whether the whole wait is over by then.
static int next_slice(const struct timespec *until, struct timespec *slice) {
    struct timespec now;
    true_time(CLOCK_REALTIME, &now);
    int64_t left = (until->tv_sec - shift() - now.tv_sec) * 1000000000L + until->tv_nsec - now.tv_nsec;
    int last = left <= SLICE_NANOSECONDS;
    if (left < 0) left = 0;
    if (!last) left = SLICE_NANOSECONDS;
    slice->tv_sec = now.tv_sec + (now.tv_nsec + left) / 1000000000L;
    slice->tv_nsec = (now.tv_nsec + left) % 1000000000L;
    return last;
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until) {
    static int (*real)(sem_t *, const struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "sem_timedwait");
    for (;;) {
        struct timespec slice;
        int last = next_slice(until, &slice);
        int result = real(semaphore, &slice);
        if (result == 0 || errno != ETIMEDOUT || last) return result;
    }
}

int pthread_cond_timedwait(
    pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict until) {
    static int (*real)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    // The plain name can mean a version from before 2003, which takes other condition variables.
    if (!real) real = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    if (!real) real = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    if (until->tv_sec < WALL_SECONDS) return real(condition, mutex, until);
    for (;;) {
        struct timespec slice;
        int last = next_slice(until, &slice);
        int result = real(condition, mutex, &slice);
        if (result != ETIMEDOUT || last) return result;
    }
}
