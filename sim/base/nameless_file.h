/*
 * A file without a name, for what only processes that have it open may read: it ends with the last
 * of them, however that ends.
 */
#ifndef SHAPESIM_SIM_BASE_NAMELESS_FILE_H
#define SHAPESIM_SIM_BASE_NAMELESS_FILE_H

#include <stdint.h>

/* An empty file for reading and writing, in the directory if its file system can do that, else in
 * that for temporary files. The caller owns the descriptor, which no program inherits; -1: there is
 * none. */
int nameless_file_open(const char *directory);

/* How many bytes it may take: half of what its disk has left. */
uint64_t nameless_file_room_bytes(int fd);

#endif
