/*
 * Fields F_i = sum_j J_ij conj(s_j) of large networks, the inner loop of a site-resolved mean field.
 *
 *   gcc -O3 -march=native network.c -o network -lm
 *   ./network dense N REPEATS OUT            real symmetric J, 8 bytes an entry, read once for both parts of s
 *   ./network ring|random N REPEATS OUT      eight neighbours a site, compressed rows
 *   ./network chain N REPEATS OUT FACTORS    J(r) = sum_p c_p l_p^r; FACTORS holds lines "c l", a multiple of eight
 *
 * Amplitudes and couplings come from an integer hash, the same as in the harness. OUT receives the fields as doubles.
 * Prints the processor seconds of each application.
 */
#include "common.h"
#include <stdint.h>
#include <string.h>

typedef double v4 __attribute__((vector_size(32), aligned(8)));

enum { most_factors = 64 };

/* Uniform in [-1/2, 1/2), from two integers (finaliser of MurmurHash3). */
static double noise(uint32_t a, uint32_t b)
{
    uint32_t h = a * 0x9e3779b1u + b * 0x85ebca77u + 1;
    h ^= h >> 16;
    h *= 0x85ebca6bu;
    h ^= h >> 13;
    h *= 0xc2b2ae35u;
    h ^= h >> 16;
    return h / 4294967296.0 - 0.5;
}

static double coupling(uint32_t i, uint32_t j) { return i < j ? noise(i, j) : noise(j, i); }

static void *need(size_t bytes)
{
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!memory) {
        fprintf(stderr, "no memory for %zu bytes\n", bytes);
        exit(4);
    }
    return memory;
}

/* Four rows at a time share what is loaded of s; re and im of s stand apart. */
static void dense(long n, const double *restrict matrix, const double *restrict re, const double *restrict im,
                  double *restrict field)
{
    for (long i = 0; i < n; i += 4) {
        const long rows = n - i < 4 ? n - i : 4;
        v4 sum_re[4] = {0}, sum_im[4] = {0};
        double tail_re[4] = {0}, tail_im[4] = {0};
        const double *row[4];
        for (int r = 0; r < 4; r++) row[r] = matrix + (r < rows ? i + r : i) * n;
        long j = 0;
        for (; j + 4 <= n; j += 4) {
            const v4 x = *(const v4 *)(re + j), y = *(const v4 *)(im + j);
            for (int r = 0; r < 4; r++) {
                const v4 a = *(const v4 *)(row[r] + j);
                sum_re[r] += a * x;
                sum_im[r] += a * y;
            }
        }
        for (; j < n; j++)
            for (int r = 0; r < 4; r++) {
                tail_re[r] += row[r][j] * re[j];
                tail_im[r] += row[r][j] * im[j];
            }
        for (int r = 0; r < rows; r++) {
            field[2 * (i + r)] = sum_re[r][0] + sum_re[r][1] + sum_re[r][2] + sum_re[r][3] + tail_re[r];
            field[2 * (i + r) + 1] = -(sum_im[r][0] + sum_im[r][1] + sum_im[r][2] + sum_im[r][3] + tail_im[r]);
        }
    }
}

static void sparse(long n, const int32_t *restrict start, const int32_t *restrict column, const double *restrict value,
                   const double *restrict s, double *restrict field)
{
    typedef double v2 __attribute__((vector_size(16)));
    const v2 *amplitude = (const v2 *)s;
    for (long i = 0; i < n; i++) {
        v2 sum[4] = {{0}};
        int32_t k = start[i];
        const int32_t end = start[i + 1];
        for (; k + 4 <= end; k += 4)
            for (int q = 0; q < 4; q++) sum[q] += value[k + q] * amplitude[column[k + q]];
        for (; k < end; k++) sum[0] += value[k] * amplitude[column[k]];
        sum[0] += sum[1] + sum[2] + sum[3];
        field[2 * i] = sum[0][0];
        field[2 * i + 1] = -sum[0][1];
    }
}

/* Sites whose partial sums stay in the first-level cache. */
enum { piece = 128 };

/*
 * One sweep down the chain and one back; each exponential carries the sum of all sites behind it. Two vectors of
 * exponentials at a time keep the processor busy while each waits for its own last site.
 */
static void chain(long n, int factors, const double *c, const double *l, const double *restrict s,
                  double *restrict field)
{
    const int blocks = factors / 4;
    v4 decay[most_factors / 4], strength[most_factors / 4];
    for (int q = 0; q < blocks; q++) {
        memcpy(&decay[q], l + 4 * q, sizeof(v4));
        memcpy(&strength[q], c + 4 * q, sizeof(v4));
        /* What is carried to a site has not yet decayed over the last step. */
        strength[q] *= decay[q];
    }
    for (int back = 0; back < 2; back++) {
        v4 re[most_factors / 4] = {0}, im[most_factors / 4] = {0}, sum[2 * piece];
        for (long first = 0; first < n; first += piece) {
            const long count = n - first < piece ? n - first : piece;
            const long start = back ? n - 1 - first : first, step = back ? -1 : 1;
            memset(sum, 0, sizeof sum);
            for (int q = 0; q < blocks; q += 2) {
                v4 re0 = re[q], im0 = im[q], re1 = re[q + 1], im1 = im[q + 1];
                const v4 d0 = decay[q], d1 = decay[q + 1], c0 = strength[q], c1 = strength[q + 1];
                const double *site = s + 2 * start;
                for (long k = 0; k < count; k++, site += 2 * step) {
                    sum[2 * k] += c0 * re0 + c1 * re1;
                    sum[2 * k + 1] += c0 * im0 + c1 * im1;
                    re0 = re0 * d0 + site[0];
                    im0 = im0 * d0 + site[1];
                    re1 = re1 * d1 + site[0];
                    im1 = im1 * d1 + site[1];
                }
                re[q] = re0;
                im[q] = im0;
                re[q + 1] = re1;
                im[q + 1] = im1;
            }
            for (long k = 0; k < count; k++) {
                const v4 x = sum[2 * k], y = sum[2 * k + 1];
                double *out = field + 2 * (start + step * k);
                out[0] = (back ? out[0] : 0) + (x[0] + x[1] + x[2] + x[3]);
                out[1] = (back ? out[1] : 0) - (y[0] + y[1] + y[2] + y[3]);
            }
        }
    }
}

static int32_t wrapped(long i, long n) { return (int32_t)(((i % n) + n) % n); }

/* Four sites ahead and four behind, or four drawn ones and all that draw this one. */
static void couple(long n, int ring, int32_t *start, int32_t *column, double *value)
{
    memset(start, 0, (n + 1) * sizeof *start);
    for (int pass = 0; pass < 2; pass++) {
        for (long i = 0; i < n; i++)
            for (int d = 1; d <= 4; d++) {
                const long drawn = (long)((noise(i, n + d) + 0.5) * n);
                const int32_t j = ring ? wrapped(i + d, n) : wrapped(drawn == i ? i + 1 : drawn, n);
                if (pass == 0) {
                    start[i + 1]++;
                    start[j + 1]++;
                } else {
                    const double strength = noise(i, d);
                    column[start[i]] = j;
                    value[start[i]++] = strength;
                    column[start[j]] = i;
                    value[start[j]++] = strength;
                }
            }
        if (pass == 0)
            for (long i = 0; i < n; i++) start[i + 1] += start[i];
        else
            for (long i = n; i > 0; i--) start[i] = start[i - 1];
    }
    start[0] = 0;
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: %s dense|ring|random|chain N REPEATS OUT [FACTORS]\n", argv[0]);
        return 2;
    }
    const char *kind = argv[1];
    const long n = atol(argv[2]), repeats = atol(argv[3]);
    double *s = need(2 * n * sizeof(double)), *field = need(2 * n * sizeof(double));
    for (long i = 0; i < n; i++) {
        s[2 * i] = noise(i, 0x51);
        s[2 * i + 1] = noise(i, 0x52);
    }
    double *matrix = NULL, *re = NULL, *im = NULL, *value = NULL, c[most_factors], l[most_factors];
    int32_t *start = NULL, *column = NULL;
    int factors = 0;
    if (!strcmp(kind, "dense")) {
        matrix = need(n * n * sizeof(double));
        re = need(n * sizeof(double));
        im = need(n * sizeof(double));
        for (long i = 0; i < n; i++)
            for (long j = 0; j < n; j++) matrix[i * n + j] = i == j ? 0 : coupling(i, j);
    } else if (!strcmp(kind, "chain")) {
        FILE *file = argc > 5 ? fopen(argv[5], "r") : NULL;
        if (!file) return 2;
        while (factors < most_factors && fscanf(file, "%lf %lf", &c[factors], &l[factors]) == 2) factors++;
        fclose(file);
        if (factors == 0 || factors % 8) return 2;
    } else {
        start = need((n + 1) * sizeof *start);
        column = need(8 * n * sizeof *column);
        value = need(8 * n * sizeof *value);
        couple(n, !strcmp(kind, "ring"), start, column, value);
    }
    printf("{\"factors\":%d,\"seconds\":[", factors);
    for (long r = 0; r < repeats; r++) {
        const double started = processor_seconds();
        if (matrix) {
            for (long i = 0; i < n; i++) {
                re[i] = s[2 * i];
                im[i] = s[2 * i + 1];
            }
            dense(n, matrix, re, im, field);
        } else if (start)
            sparse(n, start, column, value, s, field);
        else
            chain(n, factors, c, l, s, field);
        printf("%s%.9g", r ? "," : "", processor_seconds() - started);
    }
    puts("]}");
    FILE *out = fopen(argv[4], "wb");
    if (!out || fwrite(field, sizeof(double), 2 * n, out) != (size_t)(2 * n)) {
        perror(argv[4]);
        return 4;
    }
    return fclose(out);
}
