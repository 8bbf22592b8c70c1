/* The life of the module: one engine, started by the first CreateInstance, ended by itself when nobody needs it.
 *
 *     stopped --CreateInstance--> starting --> running --2 s without use and work--> stopping --> stopped
 *                                    `--failure--> stopped
 *
 * The engine lives and dies on a thread of its own, which leaves with it. Use is what usage.h counts; work is what engine_is_idle denies. A class factory alone
 * starts nothing. */
#ifndef DOSVC_MODULE_H
#define DOSVC_MODULE_H

#include "engine.h"

#define MODULE_GRACE_MS 2000u  /* a client that releases and creates again at once finds the same engine */
#define MODULE_WAIT_MS  30000u /* CreateInstance waits no longer for an engine that starts or stops */

/* The outside world. Lives for ever. */
struct module_environment {
    struct clock *clock;
    struct file_ops *file_ops;
    struct identity *identity;
    struct process_ops *process_ops;
    struct network *network;
    HRESULT (*create_transport)(struct http_transport **transport);
    HRESULT (*load_settings)(struct settings *settings);
    HRESULT (*load_bandwidth)(struct settings *settings); /* may be NULL: only with the others */
};

/* The composition root: environment.c names the real world, a test program links a definition of its own. */
const struct module_environment *module_environment(void);

/* The running engine, started if need be; it goes on running until module_leave. DO_E_NO_SERVICE when the queue cannot be hosted. */
HRESULT module_enter(struct engine **engine);
void module_leave(void);

/* No engine, no object, no lock. */
bool module_can_unload(void);

#endif
