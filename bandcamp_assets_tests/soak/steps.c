/* Counts the calls that change files below a folder, and stops the process (or its disk) at a chosen one.
 *
 * Preloaded into a process, so that it sees every library alike: Python, Polars, DuckDB, SQLite. Calls outside of
 * the folder, and those that only read, pass uncounted.
 *
 * Environment: STEPS_ROOT the folder, STEPS_COUNTER a file of 8 bytes that holds the count, STEPS_AT the number of
 * the call (0: none), STEPS_ERRNO 0 to be killed before that call, else the error that it and all later ones that
 * need room give, STEPS_TORN 1 to be killed half-way through a write instead. steps_arm() sets the same from inside.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char root[PATH_MAX];
static long at, failure, torn;
static volatile long own_count, *count = &own_count;

void steps_arm(const char *folder, const char *counter, long step, long error, long half) {
  at = step, failure = error, torn = half;
  if (counter && *counter) {
    int fd = syscall(SYS_openat, AT_FDCWD, counter, O_RDWR | O_CLOEXEC);
    if (fd >= 0) {
      void *shared = mmap(NULL, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
      if (shared != MAP_FAILED) count = shared;
      syscall(SYS_close, fd);
    }
  }
  snprintf(root, sizeof root, "%s", folder ? folder : "");
}

__attribute__((constructor)) static void arm(void) {
  const char *step = getenv("STEPS_AT"), *error = getenv("STEPS_ERRNO"), *half = getenv("STEPS_TORN");
  steps_arm(getenv("STEPS_ROOT"), getenv("STEPS_COUNTER"), step ? atol(step) : 0, error ? atol(error) : 0,
            half ? atol(half) : 0);
}

static int below(const char *path) {
  size_t length = strlen(root);
  return length && path && !strncmp(path, root, length) && (path[length] == '/' || !path[length]);
}

static int fd_below(int fd) {
  char link[64], path[PATH_MAX];
  if (!*root || fd < 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return below(path);
}

static int path_below(int folder, const char *path) {
  if (!*root || !path) return 0;
  if (path[0] == '/') return below(path);
  if (folder != AT_FDCWD) return fd_below(folder);
  char here[PATH_MAX];
  return getcwd(here, sizeof here) && below(here);
}

enum kind { ROOM, NO_ROOM };

/* 0: go on; 1: fail with errno set; 2: the process is to be killed half-way through a write. */
static int step(int counts, enum kind kind, int can_tear) {
  if (!counts) return 0;
  long number = __atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
  if (!at || number < at) return 0;
  if (failure) {
    if (kind == NO_ROOM) return 0;
    errno = failure;
    return 1;
  }
  if (number > at) return 0; /* another thread, while the kill is under way */
  if (torn && can_tear) return 2;
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

#define REAL(result, name, ...)                                                   \
  static result (*real)(__VA_ARGS__);                                             \
  if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

#define CREATES(flags) ((flags) & (O_CREAT | O_TRUNC))

#define OPEN(name)                                                                \
  int name(const char *path, int flags, ...) {                                    \
    REAL(int, name, const char *, int, ...);                                      \
    va_list rest;                                                                 \
    va_start(rest, flags);                                                        \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;     \
    va_end(rest);                                                                 \
    if (step(CREATES(flags) && path_below(AT_FDCWD, path), ROOM, 0)) return -1;   \
    return real(path, flags, mode);                                               \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                              \
  int name(int folder, const char *path, int flags, ...) {                        \
    REAL(int, name, int, const char *, int, ...);                                 \
    va_list rest;                                                                 \
    va_start(rest, flags);                                                        \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;     \
    va_end(rest);                                                                 \
    if (step(CREATES(flags) && path_below(folder, path), ROOM, 0)) return -1;     \
    return real(folder, path, flags, mode);                                       \
  }
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name)                                                               \
  FILE *name(const char *path, const char *mode) {                                \
    REAL(FILE *, name, const char *, const char *);                               \
    if (step(mode && strpbrk(mode, "wa") && path_below(AT_FDCWD, path), ROOM, 0)) return NULL; \
    return real(path, mode);                                                      \
  }
FOPEN(fopen)
FOPEN(fopen64)

ssize_t write(int fd, const void *data, size_t size) {
  REAL(ssize_t, write, int, const void *, size_t);
  int end = step(fd_below(fd), ROOM, 1);
  if (end == 1) return -1;
  if (end == 2) real(fd, data, size / 2), die();
  return real(fd, data, size);
}

#define PWRITE(name, type)                                                        \
  ssize_t name(int fd, const void *data, size_t size, type place) {               \
    REAL(ssize_t, name, int, const void *, size_t, type);                         \
    int end = step(fd_below(fd), ROOM, 1);                                        \
    if (end == 1) return -1;                                                      \
    if (end == 2) real(fd, data, size / 2, place), die();                         \
    return real(fd, data, size, place);                                           \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int fd, const struct iovec *parts, int number) {
  REAL(ssize_t, writev, int, const struct iovec *, int);
  int end = step(fd_below(fd), ROOM, 1);
  if (end == 1) return -1;
  if (end == 2) real(fd, parts, number / 2), die();
  return real(fd, parts, number);
}

#define FD(name, kind, result, declared, passed, ...)                             \
  result name declared {                                                          \
    REAL(result, name, __VA_ARGS__);                                              \
    if (step(fd_below(fd), kind, 0)) return -1;                                   \
    return real passed;                                                           \
  }
FD(ftruncate, ROOM, int, (int fd, off_t size), (fd, size), int, off_t)
FD(ftruncate64, ROOM, int, (int fd, off64_t size), (fd, size), int, off64_t)
FD(fallocate, ROOM, int, (int fd, int mode, off_t from, off_t size), (fd, mode, from, size), int, int, off_t, off_t)
FD(fallocate64, ROOM, int, (int fd, int mode, off64_t from, off64_t size), (fd, mode, from, size), int, int, off64_t, off64_t)
FD(fsync, NO_ROOM, int, (int fd), (fd), int)
FD(fdatasync, NO_ROOM, int, (int fd), (fd), int)
FD(sendfile, ROOM, ssize_t, (int fd, int from, off_t *place, size_t size), (fd, from, place, size), int, int, off_t *, size_t)
FD(sendfile64, ROOM, ssize_t, (int fd, int from, off64_t *place, size_t size), (fd, from, place, size), int, int, off64_t *, size_t)

ssize_t copy_file_range(int from, off64_t *place, int fd, off64_t *to, size_t size, unsigned flags) {
  REAL(ssize_t, copy_file_range, int, off64_t *, int, off64_t *, size_t, unsigned);
  if (step(fd_below(fd), ROOM, 0)) return -1;
  return real(from, place, fd, to, size, flags);
}

#define PATH(name, kind, folder, path, declared, passed, ...)                     \
  int name declared {                                                             \
    REAL(int, name, __VA_ARGS__);                                                 \
    if (step(path_below(folder, path), kind, 0)) return -1;                       \
    return real passed;                                                           \
  }
PATH(rename, NO_ROOM, AT_FDCWD, to, (const char *from, const char *to), (from, to), const char *, const char *)
PATH(renameat, NO_ROOM, b, to, (int a, const char *from, int b, const char *to), (a, from, b, to), int, const char *, int, const char *)
PATH(link, ROOM, AT_FDCWD, to, (const char *from, const char *to), (from, to), const char *, const char *)
PATH(linkat, ROOM, b, to, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags), int, const char *, int, const char *, int)
PATH(unlink, NO_ROOM, AT_FDCWD, path, (const char *path), (path), const char *)
PATH(unlinkat, NO_ROOM, folder, path, (int folder, const char *path, int flags), (folder, path, flags), int, const char *, int)
PATH(mkdir, ROOM, AT_FDCWD, path, (const char *path, mode_t mode), (path, mode), const char *, mode_t)
PATH(mkdirat, ROOM, folder, path, (int folder, const char *path, mode_t mode), (folder, path, mode), int, const char *, mode_t)
PATH(rmdir, NO_ROOM, AT_FDCWD, path, (const char *path), (path), const char *)
PATH(truncate, ROOM, AT_FDCWD, path, (const char *path, off_t size), (path, size), const char *, off_t)
