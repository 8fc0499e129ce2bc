/*
 * What ends a process is shown in a child of its own.
 */
#ifndef SHAPESIM_TESTS_GALLERY_CHILD_H
#define SHAPESIM_TESTS_GALLERY_CHILD_H

/* Prints how a child that does this ends: "signal 6" or "exit 0". The child says nothing on
 * standard error, and leaves no core file. */
void child_print_end(void (*act)(void));

#endif
