/* Whom a job tells what happens to it: the interface that is set, an object of the class that it names, its command line; and whether it is to be told at all. */
#include "engine_private.h"

static bool has_property(const struct job *job, enum property_id id)
{
    return property_set_find(job->properties, id);
}

bool notify_has_command(const struct job *job)
{
    return has_property(job, PROPERTY_NOTIFY_PROGRAM);
}

static enum notify_route object_route(const struct job *job)
{
    return job->notify.target                               ? NOTIFY_ROUTE_INTERFACE
           : has_property(job, PROPERTY_NOTIFICATION_CLSID) ? NOTIFY_ROUTE_CLASS
                                                            : NOTIFY_ROUTE_NONE;
}

enum notify_route notify_route_of(const struct job *job, enum notify_kind kind)
{
    enum notify_route route = object_route(job);
    if (!notify_has_command(job))
        return route;
    if (kind == NOTIFY_MODIFICATION || kind == NOTIFY_FILE_TRANSFERRED)
        return NOTIFY_ROUTE_NONE;
    return route == NOTIFY_ROUTE_NONE || job->notify.is_handed_over ? NOTIFY_ROUTE_COMMAND : route;
}

bool notify_wants(const struct job *job, enum notify_kind kind)
{
    static const uint32_t needed[] = {
        [NOTIFY_TRANSFERRED] = NOTIFY_FLAG_TRANSFERRED,
        [NOTIFY_ERROR] = NOTIFY_FLAG_ERROR,
        [NOTIFY_MODIFICATION] = NOTIFY_FLAG_MODIFICATION,
        [NOTIFY_FILE_TRANSFERRED] = NOTIFY_FLAG_FILE_TRANSFERRED,
    };
    uint32_t flags = job->facts.notify_flags;
    return (flags & needed[kind]) && !(flags & NOTIFY_FLAG_DISABLE) && notify_route_of(job, kind) != NOTIFY_ROUTE_NONE;
}
