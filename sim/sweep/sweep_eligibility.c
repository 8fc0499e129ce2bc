#include "sim/sweep/sweep_eligibility.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* A setting's runs, while its reasons are being collected. */
struct review {
    struct sweep_reasons *reasons;
    const char *trace;
    const struct sweep_evidence *runs;
    size_t count;
    bool has_failed; /* memory ran out */
};

double sweep_losses_delivered_percent(const struct sweep_losses *losses)
{
    double all = losses->offered_bytes + losses->unoffered_bytes;

    return all > 0 ? 100 * losses->delivered_bytes / all : 100;
}

__attribute__((format(printf, 2, 3))) static void add_reason(struct review *review,
                                                             const char *format, ...)
{
    struct sweep_reasons *reasons = review->reasons;
    char **texts = reallocarray(reasons->texts, reasons->count + 1, sizeof(*texts));
    char *text = NULL, *with_trace = NULL;
    va_list arguments;

    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (texts)
        reasons->texts = texts;
    if (length >= 0 && review->trace) {
        int longer = asprintf(&with_trace, "%s: %s", review->trace, text);
        free(text);
        text = longer < 0 ? NULL : with_trace;
    }
    if (!texts || length < 0 || !text) {
        if (length >= 0)
            free(text);
        review->has_failed = true;
        return;
    }
    texts[reasons->count++] = text;
}

/* " (seed 3)" where there are several. */
static const char *of_seed(const struct review *review, size_t run, char text[40])
{
    if (review->count > 1)
        snprintf(text, 40, " (seed %" PRId64 ")", review->runs[run].seed);
    else
        text[0] = '\0';
    return text;
}

static void review_runs(struct review *review)
{
    size_t missing = 0, failed = 0, first = 0;
    char seed[40];

    for (size_t i = 0; i < review->count; i++) {
        if (!review->runs[i].failure)
            continue;
        missing += review->runs[i].is_missing;
        if (!review->runs[i].is_missing && failed++ == 0)
            first = i;
    }
    if (failed > 0)
        add_reason(review, "%zu of %zu runs failed: %s%s", failed, review->count,
                   review->runs[first].failure, of_seed(review, first, seed));
    if (missing > 0)
        add_reason(review, "%zu of %zu runs are missing", missing, review->count);
}

static double lost_bytes(const struct sweep_losses *losses)
{
    return losses->offered_bytes - losses->delivered_bytes;
}

static double unanswered(const struct sweep_losses *losses)
{
    return losses->unanswered;
}

static double unoffered_bytes(const struct sweep_losses *losses)
{
    return losses->unoffered_bytes;
}

static double false_eofs(const struct sweep_losses *losses)
{
    return losses->false_eofs;
}

/* The run in which that much was lost; `count` if nothing was in any. */
static size_t worst_run(const struct review *review, double (*loss)(const struct sweep_losses *))
{
    size_t worst = review->count;
    double most = 0;

    for (size_t i = 0; i < review->count; i++)
        if (!review->runs[i].failure && loss(review->runs[i].losses) > most) {
            most = loss(review->runs[i].losses);
            worst = i;
        }
    return worst;
}

/* A percentage that is 0 or 100 only if it is that. */
static const char *percent(double part, double whole, char text[32])
{
    double value = 100 * part / whole;

    if (value >= 1 && value <= 99)
        snprintf(text, 32, "%.0f %%", value);
    else
        snprintf(text, 32, value < 1 ? "%.2g %%" : part < whole ? "%.6g %%" : "%.0f %%", value);
    return text;
}

static void review_delivered(struct review *review)
{
    size_t run = worst_run(review, lost_bytes);
    char share[32], seed[40];

    if (run == review->count)
        return;
    const struct sweep_losses *losses = review->runs[run].losses;
    double lost = lost_bytes(losses);
    add_reason(review, "loses %s: %.0f of %.0f bytes offered are not delivered%s",
               percent(lost, losses->offered_bytes, share), lost, losses->offered_bytes,
               of_seed(review, run, seed));
}

static void review_offered(struct review *review)
{
    size_t run = worst_run(review, unoffered_bytes);
    char share[32], seed[40];

    if (run == review->count)
        return;
    const struct sweep_losses *losses = review->runs[run].losses;
    double lost = losses->unoffered_bytes;
    percent(lost, losses->offered_bytes + lost, share);
    of_seed(review, run, seed);
    if (losses->is_cut)
        add_reason(review, "--max-time cuts off %s of the trace: %.0f bytes are never offered%s",
                   share, lost, seed);
    else
        add_reason(review,
                   "withholds %s of the trace: %.0f bytes are never offered, as what they react to "
                   "was lost%s",
                   share, lost, seed);
}

static void review_flows(struct review *review)
{
    size_t run = worst_run(review, false_eofs);
    char broken[64] = "", seed[40];

    if (run == review->count)
        return;
    const struct sweep_losses *losses = review->runs[run].losses;
    if (losses->broken_flows > 0)
        snprintf(broken, sizeof(broken), ", and %.0f could never go on", losses->broken_flows);
    add_reason(review, "breaks flows: %.0f of %.0f see a false end of file%s%s", losses->false_eofs,
               losses->flows, broken, of_seed(review, run, seed));
}

static void review_exchanges(struct review *review)
{
    size_t run = worst_run(review, unanswered);
    char seed[40];

    if (run == review->count)
        return;
    const struct sweep_losses *losses = review->runs[run].losses;
    add_reason(review, "leaves %.0f of %.0f exchanges unanswered%s", losses->unanswered,
               losses->exchanges, of_seed(review, run, seed));
}

/* A run that was cut at its last byte lost none; whether it was is not always known. */
static void review_cuts(struct review *review)
{
    for (size_t i = 0; i < review->count; i++) {
        const struct sweep_evidence *run = &review->runs[i];
        char seed[40];
        if (run->failure || !run->losses->is_cut || run->losses->knows_unoffered ||
            lost_bytes(run->losses) > 0)
            continue;
        add_reason(review, "--max-time cuts it, and how much of the trace is not known%s",
                   of_seed(review, i, seed));
        return;
    }
}

static size_t demand_count(const struct review *review)
{
    size_t count = 0;

    for (size_t i = 0; i < review->count; i++)
        for (size_t u = 0; u < review->runs[i].unmet_count; u++)
            if (review->runs[i].unmet[u].demand >= count)
                count = review->runs[i].unmet[u].demand + 1;
    return count;
}

/* Each demand once, as the first run puts it. */
static void review_demand(struct review *review, size_t demand)
{
    const char *text = NULL;
    size_t runs = 0, first = 0;
    char seed[40];

    for (size_t i = 0; i < review->count; i++)
        for (size_t u = 0; u < review->runs[i].unmet_count; u++) {
            if (review->runs[i].failure || review->runs[i].unmet[u].demand != demand)
                continue;
            if (!text)
                first = i;
            text = text ? text : review->runs[i].unmet[u].text;
            runs++;
            break;
        }
    if (!text)
        return;
    if (runs > 1)
        add_reason(review, "%s%s, and in %zu of %zu seeds", text, of_seed(review, first, seed),
                   runs, review->count);
    else
        add_reason(review, "%s%s", text, of_seed(review, first, seed));
}

int sweep_reasons_add(struct sweep_reasons *reasons, const char *trace,
                      const struct sweep_evidence *runs, size_t count)
{
    struct review review = {.reasons = reasons, .trace = trace, .runs = runs, .count = count};

    review_runs(&review);
    review_delivered(&review);
    review_offered(&review);
    review_flows(&review);
    review_exchanges(&review);
    review_cuts(&review);
    for (size_t demand = 0; demand < demand_count(&review); demand++)
        review_demand(&review, demand);
    return review.has_failed ? -1 : 0;
}

void sweep_reasons_fini(struct sweep_reasons *reasons)
{
    for (size_t i = 0; i < reasons->count; i++)
        free(reasons->texts[i]);
    free(reasons->texts);
    reasons->texts = NULL;
    reasons->count = 0;
}
