/*
 * The words of a command line as summary.json records it: separated by spaces, with characters that
 * are special to a shell in single quotes.
 */
#ifndef SHAPESIM_SIM_BASE_SHELL_WORDS_H
#define SHAPESIM_SIM_BASE_SHELL_WORDS_H

#include <stdio.h>

/* Prints a word so that a shell takes it unchanged. */
void shell_word_print(FILE *out, const char *word);

/* Splits `text` into *words, *count of them followed by NULL, as for main(). The caller frees with
 * shell_words_free(). 0, or -1 if a quote does not end or memory runs out; *words is then NULL. */
int shell_words_split(const char *text, char ***words, int *count);
void shell_words_free(char **words);

#endif
