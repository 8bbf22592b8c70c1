/* The free-threaded marshaler that an object aggregates: made at most once, freed with it. The system's is replaced by one that can be counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "object.h"

#include <objbase.h>

/* Only what an object needs of it: it counts its references and answers IMarshal with itself. */
struct marshaler {
    IUnknown unknown_iface;
    IUnknown *outer;
    LONG references;
};

static struct marshaler made[2];
static unsigned made_count;

/* Its AddRef and Release through IMarshal are the outer object's, as of any aggregated part; here the inner ones are the only ones. */
static HRESULT STDMETHODCALLTYPE marshaler_QueryInterface(IUnknown *iface, REFIID iid, void **object)
{
    struct marshaler *self = CONTAINING_RECORD(iface, struct marshaler, unknown_iface);
    assert_true(IsEqualIID(iid, &IID_IMarshal));
    IUnknown_AddRef(self->outer);
    *object = self->outer;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE marshaler_AddRef(IUnknown *iface)
{
    return (ULONG)++CONTAINING_RECORD(iface, struct marshaler, unknown_iface)->references;
}

static ULONG STDMETHODCALLTYPE marshaler_Release(IUnknown *iface)
{
    return (ULONG)--CONTAINING_RECORD(iface, struct marshaler, unknown_iface)->references;
}

static const IUnknownVtbl marshaler_vtable = {marshaler_QueryInterface, marshaler_AddRef, marshaler_Release};

static void (*while_making)(IUnknown *outer); /* may be NULL */

static HRESULT WINAPI make_marshaler(IUnknown *outer, IUnknown **marshaler)
{
    assert_true(made_count < ARRAYSIZE(made));
    struct marshaler *self = &made[made_count++];
    *self = (struct marshaler){{&marshaler_vtable}, outer, 1};
    *marshaler = &self->unknown_iface;
    void (*next)(IUnknown *) = while_making;
    while_making = NULL;
    if (next)
        next(outer);
    return S_OK;
}

/* What the linker takes in the place of the import library's. */
HRESULT(WINAPI *__imp_CoCreateFreeThreadedMarshaler)(IUnknown *outer, IUnknown **marshaler) = make_marshaler;

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
    CONTAINING_RECORD(object, struct simple_object, object)->is_destroyed = true;
}

static const struct com_class simple_class = COM_CLASS(simple_interfaces, simple_destroy);

static int forget_marshalers(void **state)
{
    (void)state;
    made_count = 0;
    while_making = NULL;
    return 0;
}

static void ask_for_it(IUnknown *unknown)
{
    IUnknown *marshaler = NULL;
    assert_int_equal(IUnknown_QueryInterface(unknown, &IID_IMarshal, (void **)&marshaler), S_OK);
    IUnknown_Release(marshaler);
}

static void the_marshaler_goes_with_its_object(void **state)
{
    (void)state;
    struct simple_object simple = {.unknown_iface = {&simple_vtable}};
    com_object_init(&simple.object, &simple_class);
    ask_for_it(&simple.unknown_iface);
    ask_for_it(&simple.unknown_iface);
    assert_int_equal(made_count, 1);
    assert_ptr_equal(made[0].outer, &simple.unknown_iface);
    assert_int_equal(made[0].references, 1);
    assert_int_equal(IUnknown_Release(&simple.unknown_iface), 0);
    assert_true(simple.is_destroyed);
    assert_int_equal(made[0].references, 0);
}

static void of_two_that_are_made_at_once_one_goes_at_once(void **state)
{
    (void)state;
    struct simple_object simple = {.unknown_iface = {&simple_vtable}};
    com_object_init(&simple.object, &simple_class);
    while_making = ask_for_it; /* another thread's question, at the worst moment */
    ask_for_it(&simple.unknown_iface);
    assert_int_equal(made_count, 2);
    assert_int_equal(made[0].references, 0); /* begun first, ready last */
    assert_int_equal(made[1].references, 1);
    assert_int_equal(IUnknown_Release(&simple.unknown_iface), 0);
    assert_int_equal(made[1].references, 0);
}

static void an_object_that_nobody_marshals_makes_none(void **state)
{
    (void)state;
    struct simple_object simple = {.unknown_iface = {&simple_vtable}};
    com_object_init(&simple.object, &simple_class);
    assert_int_equal(IUnknown_Release(&simple.unknown_iface), 0);
    assert_int_equal(made_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_marshaler_goes_with_its_object, forget_marshalers),
        cmocka_unit_test_setup(of_two_that_are_made_at_once_one_goes_at_once, forget_marshalers),
        cmocka_unit_test_setup(an_object_that_nobody_marshals_makes_none, forget_marshalers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
