/* What all peers need: processor time, and numbers from a file. */
#ifndef COMMON_H
#define COMMON_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Of this process, all threads. */
static inline double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* All numbers of a text file; ends the program when it cannot be read. */
static inline double *read_numbers(const char *path, long *count)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        exit(2);
    }
    long room = 0;
    double value, *numbers = NULL;
    *count = 0;
    while (fscanf(file, "%lf", &value) == 1) {
        if (*count == room) numbers = (double *)realloc(numbers, (size_t)(room = 2 * room + 64) * sizeof *numbers);
        numbers[(*count)++] = value;
    }
    fclose(file);
    return numbers;
}

#endif
