// Loaded below a process (LD_PRELOAD): writes down everything that it asks of the files in one directory, in order, and
// refuses requests when told to. Built by recorder.ts; journal.ts reads what is written here.
//
//   RECORDER_DIRECTORY  files below it are recorded
//   RECORDER_JOURNAL    where to
//   RECORDER_FAULT      "write|sync errno suffix skip count": after `skip` such calls on files that end with `suffix`,
//                       the next `count` fail with `errno`
//
// A record: u8 kind, u32 file, u64 offset, u32 length, bytes; little endian.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_FD 4096
enum { OPEN = 1, WRITE, TRUNCATE, SYNC, SYNC_FAILED, UNLINK, RENAME, SYNC_DIRECTORY };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *directory;
static size_t directory_length;
static int journal = -1;
static uint32_t opened;
// What is open: 0 nothing of ours, else number of the opening + 1.
static uint32_t file_of[MAX_FD];
static char *path_of[MAX_FD];
static int is_directory[MAX_FD];
static char fault_call[16], fault_suffix[64];
static int fault_errno;
static long fault_skip, fault_count;

static void must_write(const void *bytes, size_t length) {
  while (length > 0) {
    long done = syscall(SYS_write, journal, bytes, length);
    if (done < 0) {
      if (errno == EINTR) continue;
      _exit(97);
    }
    bytes = (const char *)bytes + done;
    length -= (size_t)done;
  }
}

static void record(uint8_t kind, uint32_t file, uint64_t offset, const void *bytes, uint32_t length) {
  // One write per record: a process that is killed in between leaves no half one that is not the last.
  size_t size = 17 + (size_t)length;
  unsigned char *buffer = malloc(size);
  if (buffer == NULL) _exit(98);
  buffer[0] = kind;
  memcpy(buffer + 1, &file, 4);
  memcpy(buffer + 5, &offset, 8);
  memcpy(buffer + 13, &length, 4);
  if (length > 0) memcpy(buffer + 17, bytes, length);
  must_write(buffer, size);
  free(buffer);
}

__attribute__((constructor)) static void start(void) {
  directory = getenv("RECORDER_DIRECTORY");
  const char *to = getenv("RECORDER_JOURNAL");
  if (directory == NULL || to == NULL) return;
  directory_length = strlen(directory);
  journal = (int)syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (journal < 0) _exit(96);
  const char *fault = getenv("RECORDER_FAULT");
  if (fault == NULL) return;
  if (sscanf(fault, "%15s %d %63s %ld %ld", fault_call, &fault_errno, fault_suffix, &fault_skip, &fault_count) != 5) _exit(95);
}

static int ours(const char *path) {
  return journal >= 0 && path != NULL && strncmp(path, directory, directory_length) == 0 &&
         (path[directory_length] == '/' || path[directory_length] == 0);
}

static int known(int fd) { return fd >= 0 && fd < MAX_FD && file_of[fd] != 0; }

/** Whether this call is one of those that must fail. Called with the lock held. */
static int fails(int fd, const char *call) {
  if (fault_count == 0 || strcmp(call, fault_call) != 0) return 0;
  size_t length = strlen(path_of[fd]), suffix = strlen(fault_suffix);
  if (length < suffix || strcmp(path_of[fd] + length - suffix, fault_suffix) != 0) return 0;
  if (fault_skip > 0) {
    fault_skip--;
    return 0;
  }
  fault_count--;
  return 1;
}

static int opened_file(int fd, const char *path, int created) {
  if (fd < 0 || fd >= MAX_FD || !ours(path)) return fd;
  struct stat state;
  file_of[fd] = ++opened;
  free(path_of[fd]);
  path_of[fd] = strdup(path);
  is_directory[fd] = fstat(fd, &state) == 0 && S_ISDIR(state.st_mode);
  if (!is_directory[fd]) record(OPEN, file_of[fd], (uint64_t)created, path, (uint32_t)strlen(path));
  return fd;
}

static int open_recorded(int at, const char *path, int flags, mode_t mode) {
  if (!ours(path)) return (int)syscall(SYS_openat, at, path, flags, mode);
  pthread_mutex_lock(&lock);
  int existed = syscall(SYS_faccessat, AT_FDCWD, path, F_OK) == 0;
  int fd = (int)syscall(SYS_openat, at, path, flags, mode);
  int error = errno;
  opened_file(fd, path, !existed);
  if (fd >= 0 && fd < MAX_FD && (flags & O_TRUNC)) record(TRUNCATE, file_of[fd], 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return fd;
}

static mode_t mode_of(int flags, va_list rest) { return (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0; }

#define DEFINE_OPEN(name)                                  \
  int name(const char *path, int flags, ...) {             \
    va_list rest;                                          \
    va_start(rest, flags);                                 \
    mode_t mode = mode_of(flags, rest);                    \
    va_end(rest);                                          \
    return open_recorded(AT_FDCWD, path, flags, mode);     \
  }
DEFINE_OPEN(open)
DEFINE_OPEN(open64)

int openat(int at, const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return open_recorded(at, path, flags, mode);
}

int close(int fd) {
  pthread_mutex_lock(&lock);
  if (fd >= 0 && fd < MAX_FD) file_of[fd] = 0;
  int result = (int)syscall(SYS_close, fd);
  int error = errno;
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

static ssize_t write_recorded(int fd, const void *bytes, size_t length, off64_t offset, int positioned) {
  pthread_mutex_lock(&lock);
  ssize_t done;
  int error = 0;
  if (fails(fd, "write")) {
    done = -1;
    error = fault_errno;
  } else {
    if (!positioned) {
      int append = (fcntl(fd, F_GETFL) & O_APPEND) != 0;
      offset = lseek64(fd, 0, append ? SEEK_END : SEEK_CUR);
    }
    done = positioned ? syscall(SYS_pwrite64, fd, bytes, length, offset) : syscall(SYS_write, fd, bytes, length);
    error = errno;
    if (done > 0) record(WRITE, file_of[fd], (uint64_t)offset, bytes, (uint32_t)done);
  }
  pthread_mutex_unlock(&lock);
  errno = error;
  return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  if (!known(fd)) return syscall(SYS_write, fd, bytes, length);
  return write_recorded(fd, bytes, length, 0, 0);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  if (!known(fd)) return syscall(SYS_pwrite64, fd, bytes, length, offset);
  return write_recorded(fd, bytes, length, offset, 1);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite64(fd, bytes, length, offset); }
ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (!known(fd)) return syscall(SYS_writev, fd, parts, count);
  // Fewer bytes than asked for is a right answer; callers go on with the rest.
  for (int i = 0; i < count; i++)
    if (parts[i].iov_len > 0) return write_recorded(fd, parts[i].iov_base, parts[i].iov_len, 0, 0);
  return 0;
}

int ftruncate64(int fd, off64_t length) {
  if (!known(fd)) return (int)syscall(SYS_ftruncate, fd, length);
  pthread_mutex_lock(&lock);
  int result = (int)syscall(SYS_ftruncate, fd, length);
  int error = errno;
  if (result == 0) record(TRUNCATE, file_of[fd], (uint64_t)length, NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int sync_recorded(int fd, long call) {
  if (!known(fd)) return (int)syscall(call, fd);
  pthread_mutex_lock(&lock);
  int result = 0, error = 0;
  if (is_directory[fd]) record(SYNC_DIRECTORY, 0, 0, NULL, 0);
  else if (fails(fd, "sync")) {
    record(SYNC_FAILED, file_of[fd], 0, NULL, 0);
    result = -1;
    error = fault_errno;
  } else
    // The simulated disk decides what is durable; the real one need not be waited for.
    record(SYNC, file_of[fd], 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}
int fsync(int fd) { return sync_recorded(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_recorded(fd, SYS_fdatasync); }

int unlink(const char *path) {
  if (!ours(path)) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  pthread_mutex_lock(&lock);
  int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  int error = errno;
  if (result == 0) record(UNLINK, 0, 0, path, (uint32_t)strlen(path));
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

int rename(const char *from, const char *to) {
  if (!ours(from) && !ours(to)) return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  pthread_mutex_lock(&lock);
  int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  int error = errno;
  if (result == 0) {
    size_t first = strlen(from) + 1, second = strlen(to);
    char *both = malloc(first + second);
    if (both == NULL) _exit(98);
    memcpy(both, from, first);
    memcpy(both + first, to, second);
    record(RENAME, 0, 0, both, (uint32_t)(first + second));
    free(both);
  }
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}
