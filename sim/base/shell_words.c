#include "sim/base/shell_words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void shell_word_print(FILE *out, const char *word)
{
    const char *harmless = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                           "-_=+./:,@%";

    if (*word && word[strspn(word, harmless)] == '\0') {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\''", out);
        else
            fputc(*word, out);
    }
    fputc('\'', out);
}

/* Copies one word to *to, which has room; returns the text after it, or NULL if a quote does not
 * end. */
static const char *take_word(const char *from, char **to)
{
    bool is_quoted = false;

    for (; *from && (is_quoted || *from != ' '); from++) {
        if (*from == '\'')
            is_quoted = !is_quoted;
        else if (!is_quoted && *from == '\\' && from[1])
            *(*to)++ = *++from;
        else
            *(*to)++ = *from;
    }
    *(*to)++ = '\0';
    return is_quoted ? NULL : from;
}

int shell_words_split(const char *text, char ***out, int *count)
{
    size_t length = strlen(text);
    char **words = calloc(length + 2, sizeof(*words)); /* at least as many as there can be */
    char *bytes = malloc(length + 2);
    char *to = bytes;

    *out = NULL;
    *count = 0;
    if (!words || !bytes) {
        free(words);
        free(bytes);
        return -1;
    }
    words[0] = bytes; /* the text that shell_words_free() frees */
    while (text && *(text += strspn(text, " "))) {
        words[(*count)++] = to;
        text = take_word(text, &to);
    }
    if (!text) {
        shell_words_free(words);
        return -1;
    }
    *out = words;
    return 0;
}

void shell_words_free(char **words)
{
    if (!words)
        return;
    free(words[0]);
    free(words);
}
