// libshaper from C++: the same two connections as in example.c, one with three times the other's
// weight. c++ -std=c++17 example.cc $(pkg-config --cflags --libs shaper)
#include <cstdio>
#include <memory>

#include <event2/event.h>

#include <shaper/channel.h>

template <auto free_it> struct Free {
    template <typename T> void operator()(T *owned) const
    {
        free_it(owned);
    }
};
using Base = std::unique_ptr<event_base, Free<event_base_free>>;
using Shaper = std::unique_ptr<shaper, Free<shaper_free>>;
using Group = std::unique_ptr<shaper_group, Free<shaper_group_free>>;

class Connection
{
    std::size_t bytes = 0;
    std::unique_ptr<shaper_channel, Free<shaper_channel_free>> channel;

  public:
    Connection(shaper *on, shaper_group *group, unsigned weight)
    {
        static const shaper_channel_callbacks callbacks = [] {
            shaper_channel_callbacks own{};
            own.delivered = [](void *arg, shaper_direction, std::size_t more) {
                static_cast<Connection *>(arg)->bytes += more;
            };
            return own;
        }();
        shaper_channel_setup setup{};
        int status;
        setup.group = group;
        setup.weight = weight;
        setup.callbacks = &callbacks;
        setup.arg = this;
        channel.reset(shaper_channel_new(on, &setup, &status));
    }
    Connection(const Connection &) = delete;
    void write(const void *data, std::size_t length)
    {
        shaper_channel_offer(channel.get(), SHAPER_WRITE, data, length);
    }
    std::size_t delivered() const
    {
        return bytes;
    }
};

int main()
{
    shaper_group_setup limit{};
    limit.limit = {60000, {1000, 1000}, {1000, 1000}};
    limit.min_share_bytes = 125;
    limit.scheduler = SHAPER_SCHEDULER_DRR;

    Base base(event_base_new());
    event_base_priority_init(base.get(), SHAPER_PRIORITIES);
    Shaper shaper(shaper_new(base.get()));
    Group group(shaper_group_new(shaper.get(), &limit));
    Connection light(shaper.get(), group.get(), 1), heavy(shaper.get(), group.get(), 3);
    light.write(nullptr, 1500);
    heavy.write(nullptr, 1500);
    event_base_loop(base.get(), EVLOOP_NONBLOCK);
    std::printf("light %zu, heavy %zu\n", light.delivered(), heavy.delivered());
}
