#include "traces/synth_timing.h"

#include <assert.h>

#include "traces/exact_math.h"
#include "traces/synth_random.h"

#define US_PER_S 1000000

void synth_timing_init(struct synth_timing *timing, const struct synth_spec *spec)
{
    uint64_t payload_us = (uint64_t)spec->packet_bytes * US_PER_S;

    *timing = (struct synth_timing){
        .spec = spec,
        .gap_us = payload_us / spec->rate_bytes_per_s,
        .gap_rest = payload_us % spec->rate_bytes_per_s,
        .mean_gap_us = (double)payload_us / (double)spec->rate_bytes_per_s,
    };
    if (spec->source == SYNTH_ON_OFF)
        timing->peak_gap_us =
            timing->mean_gap_us * (double)spec->on_us / (double)(spec->on_us + spec->off_us);
}

/* Advances the time by gap_us; false when that is past the capture's end. */
static bool timer_advance(const struct synth_timing *timing, struct synth_timer *timer,
                          double gap_us)
{
    double step_us = timer->fraction_us + gap_us;

    if (!(step_us < (double)(timing->spec->duration_us - timer->time_us)))
        return false;
    uint64_t whole_us = (uint64_t)step_us;
    timer->time_us += whole_us;
    timer->fraction_us = step_us - (double)whole_us;
    return true;
}

static bool constant_next(const struct synth_timing *timing, struct synth_timer *timer)
{
    timer->time_us += timing->gap_us;
    timer->remainder += timing->gap_rest;
    if (timer->remainder >= timing->spec->rate_bytes_per_s) {
        timer->remainder -= timing->spec->rate_bytes_per_s;
        timer->time_us++;
    }
    return timer->time_us < timing->spec->duration_us;
}

/* The next packet comes after needed_us of on time. */
static bool on_off_next(const struct synth_timing *timing, struct synth_timer *timer,
                        double needed_us)
{
    double limit_us = (double)(timing->spec->duration_us - timer->time_us);
    double gap_us = 0;

    while (needed_us > timer->on_left_us) {
        needed_us -= timer->on_left_us;
        gap_us += timer->on_left_us;
        gap_us += synth_random_exponential(&timer->random_state, (double)timing->spec->off_us);
        timer->on_left_us =
            synth_random_exponential(&timer->random_state, (double)timing->spec->on_us);
        if (gap_us >= limit_us)
            return false;
    }
    timer->on_left_us -= needed_us;
    return timer_advance(timing, timer, gap_us + needed_us);
}

static bool on_off_first(const struct synth_timing *timing, struct synth_timer *timer)
{
    double on_us = (double)timing->spec->on_us;
    double off_us = (double)timing->spec->off_us;
    bool on = synth_random_uniform(&timer->random_state) * (on_us + off_us) <= on_us;
    double wait_us = on ? 0 : synth_random_exponential(&timer->random_state, off_us);

    timer->on_left_us = synth_random_exponential(&timer->random_state, on_us);
    return timer_advance(timing, timer, wait_us);
}

static double pareto_gap_us(const struct synth_timing *timing, struct synth_timer *timer)
{
    double shape_milli = timing->spec->pareto_shape_milli;
    double least_us = timing->mean_gap_us * (shape_milli - 1000) / shape_milli;
    double exponent = exact_log(synth_random_uniform(&timer->random_state)) * 1000 / shape_milli;

    return least_us * exact_exp(-exponent);
}

bool synth_timing_first(const struct synth_timing *timing, struct synth_timer *timer)
{
    switch (timing->spec->source) {
    case SYNTH_CONSTANT:
        return true;
    case SYNTH_ON_OFF:
        return on_off_first(timing, timer);
    case SYNTH_POISSON:
        return timer_advance(timing, timer,
                             synth_random_exponential(&timer->random_state, timing->mean_gap_us));
    case SYNTH_PARETO:
        return timer_advance(timing, timer, pareto_gap_us(timing, timer));
    }
    assert(false);
    return false;
}

bool synth_timing_next(const struct synth_timing *timing, struct synth_timer *timer)
{
    switch (timing->spec->source) {
    case SYNTH_CONSTANT:
        return constant_next(timing, timer);
    case SYNTH_ON_OFF:
        return on_off_next(timing, timer, timing->peak_gap_us);
    case SYNTH_POISSON:
    case SYNTH_PARETO:
        return synth_timing_first(timing, timer);
    }
    assert(false);
    return false;
}
