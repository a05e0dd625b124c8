/*
 * What this machine can do: floating-point peaks in registers and bandwidth of main memory, on one core.
 *
 *   gcc -O3 -march=native machine.c -o machine
 *   ./machine [MEGABYTES]
 */
#include "common.h"
typedef double v2 __attribute__((vector_size(16)));
typedef double v4 __attribute__((vector_size(32)));

#if defined __aarch64__
#define KEEP(value) __asm__ volatile("" : "+w"(value));
#else
#define KEEP(value) __asm__ volatile("" : "+x"(value));
#endif

/* Twelve independent chains hide the latency of an operation. An empty asm keeps each in a register of its own. */
#define CHAINS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#define DECLARE(i) type x##i = one * (1 + 1e-3 * i);
#define HOLD(i) KEEP(x##i)
#define SUM(i) +x##i
/* Contracted to one fused operation where the target has it. */
#define FUSED(i) x##i = x##i * a + b;
/* Half the chains multiply, half add: nothing to contract. */
#define MIXED(i) x##i = i & 1 ? x##i * a : x##i + b;

#define PEAK(name, vector, OPERATION, flops)                                       \
    static double name(void)                                                       \
    {                                                                              \
        typedef vector type;                                                       \
        type one = {0};                                                            \
        one += 1;                                                                  \
        type a = one * 0.999999, b = one * 1e-6;                                   \
        KEEP(a) KEEP(b)                                                            \
        CHAINS(DECLARE)                                                            \
        const long rounds = 20000000;                                              \
        const double started = processor_seconds();                                \
        for (long r = 0; r < rounds; r++) {                                        \
            CHAINS(OPERATION)                                                      \
            CHAINS(HOLD)                                                           \
        }                                                                          \
        const double seconds = processor_seconds() - started;                      \
        type sum = one CHAINS(SUM);                                                \
        KEEP(sum)                                                                  \
        return (flops) * 12.0 * (sizeof(type) / 8) * rounds / seconds;             \
    }

PEAK(fma_256, v4, FUSED, 2)
PEAK(mixed_256, v4, MIXED, 1)
PEAK(mixed_128, v2, MIXED, 1)

static double mixed_scalar(void)
{
    typedef double type;
    type one = 1, a = 0.999999, b = 1e-6;
    KEEP(a) KEEP(b)
    CHAINS(DECLARE)
    const long rounds = 20000000;
    const double started = processor_seconds();
    for (long r = 0; r < rounds; r++) {
        CHAINS(MIXED)
        CHAINS(HOLD)
    }
    const double seconds = processor_seconds() - started;
    type sum = one CHAINS(SUM);
    KEEP(sum)
    return 12.0 * rounds / seconds;
}

int main(int argc, char **argv)
{
    const long bytes = (argc > 1 ? atol(argv[1]) : 256) << 20, n = bytes / sizeof(v4), third = n / 3;
    v4 *memory = aligned_alloc(64, bytes);
    for (long i = 0; i < n; i++) memory[i] = (v4){1, 2, 3, 4};

    double read = 1e30, triad = 1e30;
    for (int r = 0; r < 3; r++) {
        double started = processor_seconds();
        v4 s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
        for (long i = 0; i + 4 <= n; i += 4) {
            s0 += memory[i];
            s1 += memory[i + 1];
            s2 += memory[i + 2];
            s3 += memory[i + 3];
        }
        s0 += s1 + s2 + s3;
        KEEP(s0)
        double seconds = processor_seconds() - started;
        if (seconds < read) read = seconds;

        started = processor_seconds();
        const v4 *b = memory + third, *c = memory + 2 * third;
        for (long i = 0; i < third; i++) memory[i] = b[i] + 1e-3 * c[i];
        __asm__ volatile("" ::: "memory");
        seconds = processor_seconds() - started;
        if (seconds < triad) triad = seconds;
    }
    /* A triad reads two numbers and writes one, whose line is read first. */
    printf("{\"fma_256_flops\":%.4g,\"multiply_add_256_flops\":%.4g,\"multiply_add_128_flops\":%.4g,"
           "\"multiply_add_scalar_flops\":%.4g,\"read_bytes_per_s\":%.4g,\"triad_bytes_per_s\":%.4g}\n",
           fma_256(), mixed_256(), mixed_128(), mixed_scalar(), (double)(n * sizeof(v4)) / read,
           3.0 * third * sizeof(v4) / triad);
    return 0;
}
