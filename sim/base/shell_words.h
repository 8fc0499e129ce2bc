/*
 * The words of a command line as summary.json records it: separated by spaces, with what a shell
 * would take for more than itself inside single quotes.
 */
#ifndef SHAPESIM_SIM_BASE_SHELL_WORDS_H
#define SHAPESIM_SIM_BASE_SHELL_WORDS_H

/* Splits `text` into *words, *count of them with NULL behind, as for main(). The caller
 * frees with shell_words_free(). 0, or -1 where a quote does not end or memory runs out; *words is
 * NULL then. */
int shell_words_split(const char *text, char ***words, int *count);
void shell_words_free(char **words);

#endif
