#include "fake_process.h"

#include "utf16.h"

#include <string.h>
#include <wchar.h>

struct process {
    struct fake_process item;
};

static struct fake_processes *fake_of(struct process_ops *ops)
{
    return (struct fake_processes *)ops;
}

static void copy(char16_t *to, size_t room, const char16_t *text)
{
    (void)swprintf(to, room, L"%ls", text ? text : u"(none)");
}

static HRESULT fake_start(struct process_ops *ops, const char16_t *program, const char16_t *command_line,
                          struct signal *on_exit, struct process **process)
{
    struct fake_processes *fake = fake_of(ops);
    HRESULT hr = E_UNEXPECTED;
    *process = NULL;
    lock_acquire(&fake->lock);
    if (fake->started < FAKE_PROCESSES) {
        struct fake_process *item = &fake->items[fake->started];
        memset(item, 0, sizeof(*item));
        copy(item->program, sizeof(item->program) / sizeof(item->program[0]), program);
        copy(item->command_line, sizeof(item->command_line) / sizeof(item->command_line[0]), command_line);
        item->on_exit = on_exit;
        hr = fake->refusal;
        if (SUCCEEDED(hr))
            *process = (struct process *)item;
        else
            item->is_released = true;
        fake->started++;
    }
    lock_release(&fake->lock);
    return hr;
}

static bool fake_has_ended(struct process_ops *ops, struct process *process, uint32_t *exit_code)
{
    struct fake_processes *fake = fake_of(ops);
    lock_acquire(&fake->lock);
    bool has_ended = process->item.has_ended;
    *exit_code = process->item.exit_code;
    lock_release(&fake->lock);
    return has_ended;
}

static void fake_release(struct process_ops *ops, struct process *process)
{
    struct fake_processes *fake = fake_of(ops);
    lock_acquire(&fake->lock);
    process->item.is_released = true;
    fake->released++;
    lock_release(&fake->lock);
}

void fake_processes_init(struct fake_processes *fake)
{
    memset(fake, 0, sizeof(*fake));
    fake->ops = (struct process_ops){fake_start, fake_has_ended, fake_release};
}

void fake_process_end(struct fake_processes *fake, unsigned number, uint32_t exit_code)
{
    lock_acquire(&fake->lock);
    struct fake_process *item = &fake->items[number];
    item->has_ended = true;
    item->exit_code = exit_code;
    if (!item->is_released)
        signal_set(item->on_exit);
    lock_release(&fake->lock);
}
