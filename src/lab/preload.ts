/**
 * C source of a library that is preloaded into user-mode Linux.
 *
 * The kernel takes a guest's floating-point and vector registers only as one whole XSAVE area. (ptrace(2),
 * PTRACE_SETREGSET with NT_X86_XSTATE; xstateregs_set() answers EFAULT to any other length.) User-mode Linux up to 6.12
 * has room for 2696 bytes, up to AVX-512. Processors with AMX have 11008 bytes, and every guest dies at its first
 * process. The library gives the kernel the whole area and user-mode Linux the part that it knows; no guest uses the
 * rest (AMX tiles).
 *
 * A guest that reboots runs its kernel's program again in the same process, which would find the tap still in use by
 * the former run. So the library closes all open files before.
 *
 * It needs no header and no library, so tcc alone builds it.
 */
export const PRELOAD = `
struct iovec { unsigned long *base; unsigned long bytes; };
enum { GETREGSET = 0x4204, SETREGSET = 0x4205, NT_X86_XSTATE = 0x202, WORD = sizeof(long) };
extern void *dlsym(void *handle, const char *symbol);
extern void closefrom(int lowest);

static long (*next)(long request, long pid, void *address, void *data);
static unsigned long whole[8192]; /* what lies beyond the guest's part stays zero: features not in use */
static unsigned long whole_bytes;

static void measure(long pid) {
  static unsigned long there[8192];
  struct iovec area = { there, sizeof there };
  if (next(GETREGSET, pid, (void *)NT_X86_XSTATE, &area) == 0) whole_bytes = area.bytes;
}

static long set(long pid, struct iovec *part) {
  struct iovec area = { whole, 0 };
  unsigned long i, words = part->bytes / WORD;
  if (whole_bytes == 0) measure(pid);
  if (part->bytes >= whole_bytes) return next(SETREGSET, pid, (void *)NT_X86_XSTATE, part);
  for (i = 0; i < words; i++) whole[i] = part->base[i];
  area.bytes = whole_bytes;
  return next(SETREGSET, pid, (void *)NT_X86_XSTATE, &area);
}

int execvp(const char *file, char *const argv[]) {
  int (*start)(const char *, char *const[]) = dlsym((void *)-1, "execvp");
  closefrom(3);
  return start(file, argv);
}

long ptrace(int request, int pid, void *address, void *data) {
  if (!next) next = dlsym((void *)-1, "ptrace");
  if (request == SETREGSET && (long)address == NT_X86_XSTATE) return set(pid, data);
  return next(request, pid, address, data);
}
`;
