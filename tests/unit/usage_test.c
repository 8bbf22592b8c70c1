/* What keeps the module in use, and the signal at the end of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdatomic.h>
#include <stdint.h>

#include <cmocka.h>

#include "object.h"
#include "thread.h"
#include "usage.h"

static bool is_set(struct signal *signal)
{
    return signal_wait(signal, 0);
}

static void the_last_end_sets_the_signal_and_no_other(void **state)
{
    (void)state;
    struct signal signal = {0};
    usage_watch(&signal);
    usage_begin();
    usage_begin();
    assert_int_equal(usage_count(), 2);
    usage_end();
    assert_false(is_set(&signal));
    usage_end();
    assert_true(is_set(&signal));
    assert_int_equal(usage_count(), 0);
    usage_watch(NULL);
}

struct look {
    struct signal signal, is_watching;
    atomic_bool is_over;
};

/* A watcher that is told, and has something delicate to do. */
static void look_once(void *context)
{
    struct look *look = context;
    usage_look_begin();
    usage_look_end();
    signal_set(&look->is_watching);
    (void)signal_wait(&look->signal, 30000);
    thread_delicate_begin();
    usage_look_begin();
    usage_look_end();
    for (unsigned i = 0; i < 100; i++)
        thread_pause(0);
    atomic_store(&look->is_over, true);
    thread_delicate_end();
}

static void the_last_end_gives_the_watcher_time_on_wine(void **state)
{
    (void)state;
    struct look look = {.is_over = false};
    struct thread *thread;
    usage_watch(&look.signal);
    usage_begin();
    assert_int_equal(thread_start(u"look", look_once, &look, &thread), S_OK);
    assert_true(signal_wait(&look.is_watching, 30000));
    usage_end();
    assert_true(atomic_load(&look.is_over) || !thread_is_killed_anywhere());
    thread_join(thread);
    usage_watch(NULL);
}

static void nobody_is_told_after_the_watch(void **state)
{
    (void)state;
    struct signal signal = {0};
    usage_begin();
    usage_watch(&signal);
    usage_watch(NULL);
    usage_end();
    assert_false(is_set(&signal));
}

static void the_serial_tells_of_a_use_that_is_over(void **state)
{
    (void)state;
    uint32_t before = usage_serial();
    usage_begin();
    usage_end();
    assert_int_equal(usage_count(), 0);
    assert_int_not_equal(usage_serial(), before);
}

struct simple_object {
    struct com_object object;
    IUnknown unknown_iface;
    bool is_destroyed;
};

COM_UNKNOWN(simple, IUnknown, struct simple_object, unknown_iface)

static const IUnknownVtbl simple_vtable = {COM_UNKNOWN_SLOTS(simple)};
static const struct com_interface simple_interfaces[] = {
    {&IID_IUnknown, offsetof(struct simple_object, unknown_iface)},
};

static void simple_destroy(struct com_object *object)
{
    assert_int_equal(usage_count(), 1); /* still in use: its memory is about to go */
    CONTAINING_RECORD(object, struct simple_object, object)->is_destroyed = true;
}

static const struct com_class simple_class = COM_CLASS(simple_interfaces, simple_destroy);

static void an_object_is_a_use_until_it_is_destroyed(void **state)
{
    (void)state;
    struct simple_object simple = {.unknown_iface = {&simple_vtable}};
    com_object_init(&simple.object, &simple_class);
    assert_int_equal(usage_count(), 1);
    assert_int_equal(IUnknown_AddRef(&simple.unknown_iface), 2);
    assert_int_equal(usage_count(), 1);
    assert_int_equal(IUnknown_Release(&simple.unknown_iface), 1);
    assert_false(simple.is_destroyed);
    assert_int_equal(IUnknown_Release(&simple.unknown_iface), 0);
    assert_true(simple.is_destroyed);
    assert_int_equal(usage_count(), 0);
}

#define ROUNDS 20000

static void use_and_release(void *context)
{
    (void)context;
    for (int i = 0; i < ROUNDS; i++) {
        usage_begin();
        usage_end();
    }
}

/* The watcher's own signal is gone after each round, so that one that is set late would be a wrong write or a lost count. */
static void a_watch_may_end_while_uses_do(void **state)
{
    (void)state;
    struct thread *thread;
    assert_int_equal(thread_start(u"user", use_and_release, NULL, &thread), S_OK);
    for (int i = 0; i < 200; i++) {
        struct signal signal = {0};
        usage_watch(&signal);
        usage_watch(NULL);
        while (is_set(&signal))
            ;
        assert_false(is_set(&signal));
    }
    thread_join(thread);
    assert_int_equal(usage_count(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_end_sets_the_signal_and_no_other),
        cmocka_unit_test(the_last_end_gives_the_watcher_time_on_wine),
        cmocka_unit_test(nobody_is_told_after_the_watch),
        cmocka_unit_test(the_serial_tells_of_a_use_that_is_over),
        cmocka_unit_test(an_object_is_a_use_until_it_is_destroyed),
        cmocka_unit_test(a_watch_may_end_while_uses_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
