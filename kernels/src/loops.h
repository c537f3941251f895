/* What the loops over numbers have in common. */
#ifndef NNLAYERS_LOOPS_H
#define NNLAYERS_LOOPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef ptrdiff_t size;

/* Compiles a loop for several generations of processors; the loader takes the best one. It needs glibc's
   loader, and sanitizers cannot be used with it. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define UNDER_A_SANITIZER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_A_SANITIZER
#endif
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(UNDER_A_SANITIZER) && \
    ((defined(__clang__) && __clang_major__ >= 17) || (!defined(__clang__) && __GNUC__ >= 12))
#define FOR_EACH_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

#endif
