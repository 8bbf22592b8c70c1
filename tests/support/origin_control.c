/* What tests in other processes may do: open and close gates, read the list of requests, reset. */
#include "origin_plan.h"

#include <string.h>

static void control_open(struct origin_plan *plan)
{
    if (origin_open_gate(plan->origin, plan->script.gate))
        origin_plan_text(plan, 200, "open\n");
    else
        origin_plan_text(plan, 500, "too many gates\n");
}

static void control_close(struct origin_plan *plan)
{
    origin_close_gate(plan->origin, plan->script.gate);
    origin_plan_text(plan, 200, "closed\n");
}

static void control_requests(struct origin_plan *plan)
{
    plan->status = 200;
    origin_book_list(&plan->origin->book, &plan->text);
}

static void control_headers(struct origin_plan *plan)
{
    plan->status = 200;
    origin_book_list_headers(&plan->origin->book, &plan->text);
}

static void control_reset(struct origin_plan *plan)
{
    origin_reset(plan->origin);
    origin_plan_text(plan, 200, "reset\n");
}

static const struct {
    const char *path;
    bool needs_gate;
    void (*act)(struct origin_plan *plan);
} control_rows[] = {
    {"/control/open", true, control_open},          {"/control/close", true, control_close},
    {"/control/requests", false, control_requests}, {"/control/headers", false, control_headers},
    {"/control/reset", false, control_reset},
};

bool origin_control_answer(struct origin_plan *plan)
{
    if (strncmp(plan->head->path, "/control/", 9) != 0)
        return false;

    char problem[256];
    for (size_t i = 0; i < sizeof(control_rows) / sizeof(control_rows[0]); i++) {
        if (strcmp(control_rows[i].path, plan->head->path) != 0)
            continue;
        if (!origin_script_parse(&plan->script, plan->head->query, problem, sizeof(problem)))
            origin_plan_text(plan, 400, "%s", problem);
        else if (control_rows[i].needs_gate && !plan->script.gate[0])
            origin_plan_text(plan, 400, "gate=NAME is missing\n");
        else
            control_rows[i].act(plan);
        /* Here the parameters name what to act on; the answer itself obeys none of them. */
        origin_script_clear(&plan->script);
        return true;
    }
    origin_plan_text(plan, 404, "no such control\n");
    return true;
}
