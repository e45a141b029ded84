/*
 * A disk that fails, waits or remembers, laid under a process by LD_PRELOAD. It concerns itself with the files beneath
 * one directory, and does nothing to any other.
 *
 *   DISK_SHIM_ROOT   the directory; without it nothing happens
 *   DISK_SHIM_LOG    file for a log of every change, its beginning and its end, in the order in which they happened, and of
 *                      what went to sockets in between; disk-log.ts reads it
 *   DISK_SHIM_AT     n: what is named in DISK_SHIM_DO happens at the n-th write, truncation or sync
 *   DISK_SHIM_DO     EIO or ENOSPC: it fails, once; KILL: the process is killed half-way through it
 *   DISK_SHIM_HOLD   path: while a file is there, syncs and synchronous writes do not come to their end; the first one
 *                      that waits makes a file of that name with `.held` behind it
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { OPEN = 1, WRITE, WRITTEN, SYNC, SYNCED, TRUNCATE, RENAME, UNLINK, MKDIR, RMDIR, SEND, SENT, CLOSE };
enum { EXISTED = 1, SYNCHRONOUS = 2, EMPTIED = 4, ZEROS = 8 };
enum { FILES = 65536 };

struct record {
  uint8_t kind, flags;
  uint16_t path, other;
  int32_t fd;
  uint32_t operation;
  uint64_t offset;
  int64_t length;
} __attribute__((packed));

static char root[PATH_MAX];
static const char *hold;
static int log_file = -1, fail_with;
static long fault_at;
static int kills;
/* Of each descriptor: 0 = none of ours, otherwise 1 with flags above. */
static unsigned char ours[FILES];
static pthread_mutex_t logging = PTHREAD_MUTEX_INITIALIZER;
static uint32_t operations;
static long faultable;

#define REAL(type, name, ...)                                                                                          \
  static type (*real)(__VA_ARGS__);                                                                                    \
  if (real == NULL) real = dlsym(RTLD_NEXT, name)

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("DISK_SHIM_ROOT"), *log = getenv("DISK_SHIM_LOG"), *at = getenv("DISK_SHIM_AT");
  const char *what = getenv("DISK_SHIM_DO");
  if (path == NULL || strlen(path) >= sizeof root) return;
  strcpy(root, path);
  hold = getenv("DISK_SHIM_HOLD");
  if (at != NULL) fault_at = atol(at);
  if (what != NULL) {
    kills = strcmp(what, "KILL") == 0;
    fail_with = strcmp(what, "ENOSPC") == 0 ? ENOSPC : EIO;
  }
  if (log != NULL) log_file = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* LMDB's lock file holds nothing that outlives a process, and the ballast nothing at all. */
static int is_ours(const char *path) {
  size_t length = strlen(root);
  const char *name = strrchr(path, '/');
  if (length == 0 || strncmp(path, root, length) != 0 || (path[length] != '/' && path[length] != 0)) return 0;
  return name == NULL || (strcmp(name, "/lock.mdb") != 0 && strcmp(name, "/ballast") != 0);
}

static int is_open(int fd) { return fd >= 0 && fd < FILES && ours[fd] != 0; }
static int is_synchronous(int fd) { return (ours[fd] & SYNCHRONOUS) != 0; }

static int is_zero(const struct iovec *parts, int count) {
  for (int i = 0; i < count; i += 1) {
    const char *bytes = parts[i].iov_base;
    size_t length = parts[i].iov_len;
    if (length > 0 && (bytes[0] != 0 || memcmp(bytes, bytes + 1, length - 1) != 0)) return 0;
  }
  return 1;
}

static void note(struct record record, const char *path, const char *other, const struct iovec *parts, int count) {
  struct iovec all[2048];
  int used = 0, saved = errno;
  if (log_file < 0) return;
  record.path = path == NULL ? 0 : strlen(path);
  record.other = other == NULL ? 0 : strlen(other);
  all[used++] = (struct iovec){&record, sizeof record};
  if (path != NULL) all[used++] = (struct iovec){(void *)path, record.path};
  if (other != NULL) all[used++] = (struct iovec){(void *)other, record.other};
  if (parts != NULL && is_zero(parts, count)) record.flags |= ZEROS;
  for (int i = 0; parts != NULL && !(record.flags & ZEROS) && i < count; i += 1) all[used++] = parts[i];
  pthread_mutex_lock(&logging);
  if (syscall(SYS_writev, log_file, all, used) < 0) abort();
  pthread_mutex_unlock(&logging);
  errno = saved;
}

static uint32_t next_operation(void) { return __atomic_add_fetch(&operations, 1, __ATOMIC_SEQ_CST); }

static int64_t length_of(const struct iovec *parts, int count) {
  int64_t length = 0;
  for (int i = 0; i < count; i += 1) length += parts[i].iov_len;
  return length;
}

/* Is this the one that fails? */
static int is_faulty(void) {
  return fault_at != 0 && __atomic_add_fetch(&faultable, 1, __ATOMIC_SEQ_CST) == fault_at;
}

static int fails(void) {
  if (!is_faulty()) return 0;
  if (kills) kill(getpid(), SIGKILL);
  errno = fail_with;
  return 1;
}

static void wait_while_held(void) {
  char name[PATH_MAX];
  struct timespec pause = {0, 1000000};
  if (hold == NULL || access(hold, F_OK) != 0) return;
  snprintf(name, sizeof name, "%s.held", hold);
  int file = syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file >= 0) syscall(SYS_close, file);
  while (access(hold, F_OK) == 0) nanosleep(&pause, NULL);
}

/* ---- opening and closing ---- */

static int opened(int fd, int flags, int existed) {
  char link[64], path[PATH_MAX];
  if (fd < 0 || fd >= FILES) return fd;
  ours[fd] = 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return fd;
  path[length] = 0;
  if (!is_ours(path)) return fd;
  int synchronous = (flags & O_DSYNC) != 0 ? SYNCHRONOUS : 0;
  int emptied = (flags & O_TRUNC) != 0 ? EMPTIED : 0;
  ours[fd] = 1 | synchronous;
  note((struct record){.kind = OPEN, .flags = (existed ? EXISTED : 0) | synchronous | emptied, .fd = fd}, path, NULL, NULL, 0);
  return fd;
}

static int open_at(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode) {
  int existed = root[0] == 0 || access(path, F_OK) == 0;
  int fd = real(path, flags, mode);
  return root[0] == 0 ? fd : opened(fd, flags, existed);
}

#define OPENS(name)                                                                                                    \
  int name(const char *path, int flags, ...) {                                                                         \
    REAL(int, #name, const char *, int, ...);                                                                          \
    va_list rest;                                                                                                      \
    va_start(rest, flags);                                                                                             \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;                                     \
    va_end(rest);                                                                                                      \
    return open_at(real, path, flags, mode);                                                                           \
  }
OPENS(open)
OPENS(open64)

static void closing(int fd) {
  if (!is_open(fd)) return;
  note((struct record){.kind = CLOSE, .fd = fd}, NULL, NULL, NULL, 0);
  ours[fd] = 0;
}

int close(int fd) {
  REAL(int, "close", int);
  closing(fd);
  return real(fd);
}

/* libuv closes its files by number. */
long syscall(long number, ...) {
  REAL(long, "syscall", long, ...);
  va_list rest;
  va_start(rest, number);
  long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long), d = va_arg(rest, long);
  long e = va_arg(rest, long), f = va_arg(rest, long);
  va_end(rest);
  if (number == SYS_close) closing(a);
  return real(number, a, b, c, d, e, f);
}

/* ---- writing: `offset` -1 = where the file stands ---- */

static ssize_t write_parts(int fd, const struct iovec *parts, int count, int64_t offset) {
  uint32_t operation = next_operation();
  int64_t place = offset >= 0 ? offset : lseek(fd, 0, SEEK_CUR);
  int64_t length = length_of(parts, count);
  uint8_t flags = is_synchronous(fd) ? SYNCHRONOUS : 0;
  int faulty = is_faulty();
  if (faulty && !kills) {
    errno = fail_with;
    return -1;
  }
  note((struct record){.kind = WRITE, .flags = flags, .fd = fd, .operation = operation, .offset = place, .length = length},
       NULL, NULL, parts, count);
  if (faulty) {
    if (offset >= 0) syscall(SYS_pwrite64, fd, parts[0].iov_base, parts[0].iov_len / 2, offset);
    kill(getpid(), SIGKILL);
  }
  ssize_t done = offset >= 0 ? syscall(SYS_pwritev, fd, parts, count, offset, offset >> 32) : syscall(SYS_writev, fd, parts, count);
  if (flags) wait_while_held();
  note((struct record){.kind = WRITTEN, .fd = fd, .operation = operation, .length = done}, NULL, NULL, NULL, 0);
  return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  REAL(ssize_t, "write", int, const void *, size_t);
  struct iovec part = {(void *)bytes, length};
  return is_open(fd) ? write_parts(fd, &part, 1, -1) : real(fd, bytes, length);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(ssize_t, "writev", int, const struct iovec *, int);
  return is_open(fd) ? write_parts(fd, parts, count, -1) : real(fd, parts, count);
}

#define PWRITES(name)                                                                                                  \
  ssize_t name(int fd, const void *bytes, size_t length, off_t offset) {                                               \
    REAL(ssize_t, #name, int, const void *, size_t, off_t);                                                            \
    struct iovec part = {(void *)bytes, length};                                                                       \
    return is_open(fd) ? write_parts(fd, &part, 1, offset) : real(fd, bytes, length, offset);                          \
  }
PWRITES(pwrite)
PWRITES(pwrite64)

#define PWRITEVS(name)                                                                                                 \
  ssize_t name(int fd, const struct iovec *parts, int count, off_t offset) {                                           \
    REAL(ssize_t, #name, int, const struct iovec *, int, off_t);                                                       \
    return is_open(fd) ? write_parts(fd, parts, count, offset) : real(fd, parts, count, offset);                       \
  }
PWRITEVS(pwritev)
PWRITEVS(pwritev64)

static int truncate_to(int (*real)(int, off_t), int fd, off_t length) {
  if (!is_open(fd)) return real(fd, length);
  if (fails()) return -1;
  int done = real(fd, length);
  if (done == 0) note((struct record){.kind = TRUNCATE, .fd = fd, .offset = length}, NULL, NULL, NULL, 0);
  return done;
}
int ftruncate(int fd, off_t length) {
  REAL(int, "ftruncate", int, off_t);
  return truncate_to(real, fd, length);
}
int ftruncate64(int fd, off_t length) {
  REAL(int, "ftruncate64", int, off_t);
  return truncate_to(real, fd, length);
}

/* ---- making durable ---- */

static int sync_file(int (*real)(int), int fd) {
  if (!is_open(fd)) return real(fd);
  uint32_t operation = next_operation();
  if (fails()) return -1;
  note((struct record){.kind = SYNC, .fd = fd, .operation = operation}, NULL, NULL, NULL, 0);
  int done = real(fd);
  wait_while_held();
  note((struct record){.kind = SYNCED, .fd = fd, .operation = operation, .length = done}, NULL, NULL, NULL, 0);
  return done;
}
int fsync(int fd) {
  REAL(int, "fsync", int);
  return sync_file(real, fd);
}
int fdatasync(int fd) {
  REAL(int, "fdatasync", int);
  return sync_file(real, fd);
}

/* ---- names ---- */

/* As the log has it: absolute, by the directory's real name. */
static int is_named(const char *path, char *name) {
  char copy[PATH_MAX];
  if (root[0] == 0 || strlen(path) >= sizeof copy) return 0;
  strcpy(copy, path);
  char *slash = strrchr(copy, '/');
  if (slash == NULL || slash == copy) return 0;
  *slash = 0;
  if (realpath(copy, name) == NULL) return 0;
  strcat(name, "/");
  strcat(name, slash + 1);
  return is_ours(name);
}

int rename(const char *from, const char *to) {
  REAL(int, "rename", const char *, const char *);
  char old[2 * PATH_MAX], new[2 * PATH_MAX];
  int named = is_named(from, old) && is_named(to, new);
  int done = real(from, to);
  if (named && done == 0) note((struct record){.kind = RENAME}, old, new, NULL, 0);
  return done;
}

static int change_name(int kind, const char *path, int (*real)(const char *)) {
  char name[2 * PATH_MAX];
  int named = is_named(path, name);
  int done = real(path);
  if (named && done == 0) note((struct record){.kind = kind}, name, NULL, NULL, 0);
  return done;
}
int unlink(const char *path) {
  REAL(int, "unlink", const char *);
  return change_name(UNLINK, path, real);
}
int rmdir(const char *path) {
  REAL(int, "rmdir", const char *);
  return change_name(RMDIR, path, real);
}
int mkdir(const char *path, mode_t mode) {
  REAL(int, "mkdir", const char *, mode_t);
  char name[2 * PATH_MAX];
  int named = is_named(path, name);
  int done = real(path, mode);
  if (named && done == 0) note((struct record){.kind = MKDIR}, name, NULL, NULL, 0);
  return done;
}

/* ---- what the world is told ---- */

ssize_t send(int fd, const void *bytes, size_t length, int flags) {
  REAL(ssize_t, "send", int, const void *, size_t, int);
  if (log_file < 0) return real(fd, bytes, length, flags);
  uint32_t operation = next_operation();
  struct iovec part = {(void *)bytes, length};
  note((struct record){.kind = SEND, .fd = fd, .operation = operation, .length = length}, NULL, NULL, &part, 1);
  ssize_t done = real(fd, bytes, length, flags);
  note((struct record){.kind = SENT, .fd = fd, .operation = operation, .length = done}, NULL, NULL, NULL, 0);
  return done;
}
