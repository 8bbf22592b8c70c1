/* The command line that a client set to be run when no interface takes what its job owes it. The program is one call: while it runs its job is in a call, but no
 * thread waits for it. */
#include "engine_private.h"
#include "log.h"
#include "memory.h"
#include "process.h"
#include "utf16.h"

/* A program that runs. */
struct command {
    struct notify_call call;
    struct process *process;
    struct command *next;
};

/* Programs run as the user of this process: only for that user's own jobs. */
static HRESULT check_owner(struct engine *engine, struct job *job)
{
    struct caller caller;
    HRESULT hr = engine->env.identity->caller(engine->env.identity, &caller);
    if (FAILED(hr))
        return hr;
    lock_acquire(&engine->model_lock);
    bool is_own = utf16_equal(job->owner, caller.sid);
    lock_release(&engine->model_lock);
    return is_own ? S_OK : E_ACCESSDENIED;
}

static HRESULT start_program(struct engine *engine, struct job *job, struct process **process)
{
    struct process_ops *ops = engine->env.process_ops;
    struct property_query command[] = {{.id = PROPERTY_NOTIFY_PROGRAM}, {.id = PROPERTY_NOTIFY_PARAMETERS}};
    HRESULT hr = check_owner(engine, job);
    if (SUCCEEDED(hr))
        hr = job_read(job, command, 2);
    const char16_t *program = command[0].text;
    if (SUCCEEDED(hr)) /* without a program it was cleared a moment ago */
        hr = program ? ops->start(ops, program, command[1].text, &engine->signal, process) : E_ABORT;
    if (SUCCEEDED(hr))
        log_line(LOG_INFO, LOG_NOTIFY, L"%ls was started to tell of a job", program);
    mem_free(command[0].text);
    mem_free(command[1].text);
    return hr;
}

bool notify_command_begin(struct engine *engine, const struct notify_call *call)
{
    struct command *command = mem_alloc(sizeof *command);
    HRESULT hr = command ? start_program(engine, call->job, &command->process) : E_OUTOFMEMORY;
    if (FAILED(hr)) {
        (void)log_failure(LOG_NOTIFY, hr, L"the command line of a job cannot be run");
        mem_free(command);
        return false;
    }
    command->call = *call;
    lock_acquire(&engine->model_lock);
    command->next = engine->commands;
    engine->commands = command;
    engine->command_count++;
    lock_release(&engine->model_lock);
    signal_set(&engine->signal); /* it may have ended before it was in the list */
    return true;
}

static void free_command(struct engine *engine, struct command *command)
{
    engine->env.process_ops->release(engine->env.process_ops, command->process);
    mem_free(command);
}

/* It has ended, or its job has and nobody asks any more how it does. */
static bool is_over(struct engine *engine, struct command *command, uint32_t *exit_code) REQUIRES(engine->model_lock)
{
    struct process_ops *ops = engine->env.process_ops;
    if (ops->has_ended(ops, command->process, exit_code)) {
        log_line(*exit_code ? LOG_WARN : LOG_INFO, LOG_NOTIFY, L"the program that tells of a job ended with %u",
                 *exit_code);
        return true;
    }
    *exit_code = 0;
    return !command->call.job->is_listed;
}

/* Takes such a program out of the list; NULL when there is none. */
static struct command *take_ended(struct engine *engine, uint32_t *exit_code) REQUIRES(engine->model_lock)
{
    for (struct command **place = &engine->commands; *place; place = &(*place)->next) {
        struct command *command = *place;
        if (!is_over(engine, command, exit_code))
            continue;
        *place = command->next;
        engine->command_count--;
        return command;
    }
    return NULL;
}

void notify_command_step(struct engine *engine)
{
    for (;;) {
        uint32_t exit_code;
        lock_acquire(&engine->model_lock);
        struct command *command = take_ended(engine, &exit_code);
        lock_release(&engine->model_lock);
        if (!command)
            return;
        notify_end_call(engine, &command->call, exit_code ? NOTIFY_REFUSED : NOTIFY_DELIVERED);
        free_command(engine, command);
    }
}

void notify_command_stop(struct engine *engine)
{
    while (engine->commands) {
        struct command *command = engine->commands;
        engine->commands = command->next;
        job_release(command->call.job);
        free_command(engine, command);
    }
}
