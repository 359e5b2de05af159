// Makes a disk fail for the programs it is loaded into: no space left for what they write, or an input/output error when
// they make sure that it is on the disk.
//
//   cc -shared -fPIC -o baddisk.so baddisk.c -ldl
//   BADDISK_FILE=control LD_PRELOAD=./baddisk.so postgres -D data
//
// The file holds what fails, a 32-bit number in the machine's order (1: writes, 2: fsync; 0: nothing), and after it the
// part of a path, ended by a zero byte, of those files for which it fails. Programs see a change at once.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITES = 1, FSYNC = 2 };

struct control {
    uint32_t failing;
    char path[60];
};

static const volatile struct control *control;

__attribute__((constructor)) static void map_control(void) {
    const char *path = getenv("BADDISK_FILE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *page = mmap(NULL, sizeof *control, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED) control = page;
}

static int fails(int file, uint32_t what) {
    if (!control || !(control->failing & what)) return 0;
    char link[40], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return strstr(path, (const char *)control->path) != NULL;
}

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

#define REFUSE(what, error) \
    if (fails(file, what)) { \
        errno = error; \
        return -1; \
    }

ssize_t write(int file, const void *bytes, size_t count) {
    REAL(write);
    REFUSE(WRITES, ENOSPC)
    return real(file, bytes, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    REAL(pwrite);
    REFUSE(WRITES, ENOSPC)
    return real(file, bytes, count, offset);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset) {
    REAL(pwritev);
    REFUSE(WRITES, ENOSPC)
    return real(file, parts, count, offset);
}

// This one returns its error.
int posix_fallocate(int file, off_t offset, off_t length) {
    REAL(posix_fallocate);
    if (fails(file, WRITES)) return ENOSPC;
    return real(file, offset, length);
}

int fsync(int file) {
    REAL(fsync);
    REFUSE(FSYNC, EIO)
    return real(file);
}

int fdatasync(int file) {
    REAL(fdatasync);
    REFUSE(FSYNC, EIO)
    return real(file);
}
