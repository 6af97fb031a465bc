/* data/ → embedded_catalog.c. Every struct becomes an initialiser with named fields; the values of
 * all facts stand in one table that the facts point into. */
#include "embed.h"

#include <inttypes.h>

#include "catalog/catalog.h"

struct writer {
    struct su_buf values; /* initialisers of the shared table of fact values */
    size_t n_values;
    struct su_buf out;
};

static void put_string(struct su_buf *out, const char *field, const char *s)
{
    if (s == NULL)
        return; /* the same as an absent initialiser */
    su_buf_printf(out, "     .%s = ", field);
    embed_string(out, s);
    su_buf_puts(out, ",\n");
}

static void put_number(struct su_buf *out, const char *field, double v)
{
    su_buf_printf(out, "     .%s = ", field);
    embed_number(out, v);
    su_buf_puts(out, ",\n");
}

static void put_int(struct su_buf *out, const char *field, int v)
{
    su_buf_printf(out, "     .%s = %d,\n", field, v);
}

static void put_date(struct su_buf *out, const char *field, struct su_date d)
{
    if (!su_date_known(d))
        return;
    su_buf_printf(out, "     .%s = {%d, %d, %d, ", field, d.year, d.month, d.day);
    embed_string(out, d.text);
    su_buf_puts(out, "},\n");
}

static void put_fact(struct writer *w, const char *field, struct su_fact fact)
{
    if (!su_fact_known(fact))
        return;
    su_buf_printf(&w->out, "     .%s = {&values[%zu], %" PRIu32 "},\n", field, w->n_values,
                  fact.n_values);
    for (uint32_t i = 0; i < fact.n_values; i++) {
        su_buf_puts(&w->values, "    {");
        embed_number(&w->values, fact.values[i].value);
        su_buf_puts(&w->values, ", ");
        embed_string(&w->values, fact.values[i].source);
        su_buf_printf(&w->values, ", %d},\n", (int)fact.values[i].confidence);
    }
    w->n_values += fact.n_values;
}

/* An array of no elements is not C: an empty table has one zeroed row that n leaves out. */
static void begin_table(struct su_buf *out, const char *type, const char *name, size_t n)
{
    su_buf_printf(out, "\nstatic const struct %s %s[] = {\n", type, name);
    if (n == 0)
        su_buf_puts(out, "    {0},\n");
}

static void put_accels(struct writer *w, const struct su_catalog *c)
{
    begin_table(&w->out, "su_accel", "accels", c->n_accels);
    for (size_t i = 0; i < c->n_accels; i++) {
        const struct su_accel *a = &c->accels[i];
        su_buf_puts(&w->out, "    {\n");
#define SU_X(field) put_string(&w->out, #field, a->field);
        SU_ACCEL_TEXT_TABLE(SU_X)
#undef SU_X
#define SU_X(field, unit) put_fact(w, #field, a->field);
        SU_ACCEL_FACT_TABLE(SU_X)
#undef SU_X
        put_date(&w->out, "as_of", a->as_of);
        put_int(&w->out, "confidence", (int)a->confidence);
        put_int(&w->out, "cloud_only", a->cloud_only);
        put_int(&w->out, "splits_long_sequences", a->splits_long_sequences);
        su_buf_puts(&w->out, "    },\n");
    }
    su_buf_puts(&w->out, "};\n");
}

static void put_servers(struct writer *w, const struct su_catalog *c)
{
    begin_table(&w->out, "su_server", "servers", c->n_servers);
    for (size_t i = 0; i < c->n_servers; i++) {
        const struct su_server *s = &c->servers[i];
        su_buf_puts(&w->out, "    {\n");
        put_string(&w->out, "id", s->id);
        put_string(&w->out, "name", s->name);
        put_string(&w->out, "accelerator_id", s->accelerator_id);
        put_string(&w->out, "cpu", s->cpu);
        put_string(&w->out, "intra_link", s->intra_link);
        put_string(&w->out, "nic", s->nic);
        put_string(&w->out, "notes", s->notes);
        put_string(&w->out, "source", s->source);
        put_fact(w, "accel_count", s->accel_count);
        put_fact(w, "nic_gbps_total", s->nic_gbps_total);
        put_fact(w, "chassis_power_kw", s->chassis_power_kw);
        put_int(&w->out, "topology", (int)s->topology);
        put_date(&w->out, "as_of", s->as_of);
        put_int(&w->out, "confidence", (int)s->confidence);
        su_buf_puts(&w->out, "    },\n");
    }
    su_buf_puts(&w->out, "};\n");
}

static void put_prices(struct su_buf *out, const struct su_catalog *c)
{
    begin_table(out, "su_price", "prices", c->n_prices);
    for (size_t i = 0; i < c->n_prices; i++) {
        const struct su_price *p = &c->prices[i];
        su_buf_puts(out, "    {\n");
        put_string(out, "item", p->item);
        put_int(out, "kind", (int)p->kind);
        su_buf_printf(out, "     .currency = SU_%s,\n", su_currency_code(p->currency));
        put_number(out, "low", p->low);
        put_number(out, "high", p->high);
        put_string(out, "region", p->region);
        put_date(out, "date", p->date);
        put_int(out, "channel", (int)p->channel);
        put_int(out, "scope", (int)p->scope);
        put_int(out, "tax", (int)p->tax);
        put_int(out, "use", (int)p->use);
        put_string(out, "notes", p->notes);
        put_string(out, "source", p->source);
        put_date(out, "as_of", p->as_of);
        put_int(out, "confidence", (int)p->confidence);
        su_buf_puts(out, "    },\n");
    }
    su_buf_puts(out, "};\n");
}

static void put_fx(struct su_buf *out, const struct su_catalog *c)
{
    begin_table(out, "su_fx_rate", "fx", c->n_fx);
    for (size_t i = 0; i < c->n_fx; i++) {
        const struct su_fx_rate *r = &c->fx[i];
        su_buf_puts(out, "    {\n");
        su_buf_printf(out, "     .base = SU_%s,\n", su_currency_code(r->base));
        su_buf_printf(out, "     .quote = SU_%s,\n", su_currency_code(r->quote));
        put_date(out, "date", r->date);
        put_number(out, "rate", r->rate);
        put_string(out, "source", r->source);
        put_int(out, "confidence", (int)r->confidence);
        su_buf_puts(out, "    },\n");
    }
    su_buf_puts(out, "};\n");
}

static void put_opex(struct su_buf *out, const struct su_catalog *c)
{
    begin_table(out, "su_opex", "opex", c->n_opex);
    for (size_t i = 0; i < c->n_opex; i++) {
        const struct su_opex *o = &c->opex[i];
        su_buf_puts(out, "    {\n");
        put_string(out, "item", o->item);
        put_string(out, "region", o->region);
        put_number(out, "low", o->low);
        put_number(out, "high", o->high);
        put_string(out, "unit", o->unit);
        put_string(out, "notes", o->notes);
        put_string(out, "source", o->source);
        put_date(out, "as_of", o->as_of);
        put_int(out, "confidence", (int)o->confidence);
        su_buf_puts(out, "    },\n");
    }
    su_buf_puts(out, "};\n");
}

static void put_support(struct su_buf *out, const struct su_catalog *c)
{
    begin_table(out, "su_support", "support", c->n_support);
    for (size_t i = 0; i < c->n_support; i++) {
        const struct su_support *s = &c->support[i];
        su_buf_puts(out, "    {\n");
        put_string(out, "stack", s->stack);
        put_string(out, "component", s->component);
        put_int(out, "level", (int)s->level);
        put_string(out, "notes", s->notes);
        put_string(out, "source", s->source);
        put_date(out, "as_of", s->as_of);
        put_int(out, "confidence", (int)s->confidence);
        su_buf_puts(out, "    },\n");
    }
    su_buf_puts(out, "};\n");
}

static void put_market(struct su_buf *out, const struct su_catalog *c)
{
    begin_table(out, "su_market", "market", c->n_market);
    for (size_t i = 0; i < c->n_market; i++) {
        const struct su_market *m = &c->market[i];
        su_buf_puts(out, "    {\n");
        put_string(out, "metric", m->metric);
        put_number(out, "value", m->value);
        put_string(out, "unit", m->unit);
        put_string(out, "period", m->period);
        put_string(out, "notes", m->notes);
        put_string(out, "source", m->source);
        put_date(out, "as_of", m->as_of);
        put_int(out, "confidence", (int)m->confidence);
        su_buf_puts(out, "    },\n");
    }
    su_buf_puts(out, "};\n");
}

static void put_rules(struct su_buf *out, const struct su_catalog *c)
{
    begin_table(out, "su_rule", "rules", c->n_rules);
    for (size_t i = 0; i < c->n_rules; i++) {
        const struct su_rule *r = &c->rules[i];
        su_buf_puts(out, "    {\n");
        put_string(out, "rule", r->rule);
        put_string(out, "criterion", r->criterion);
        put_string(out, "bound", r->bound);
        put_string(out, "notes", r->notes);
        put_string(out, "source", r->source);
        put_string(out, "rule_id", r->rule_id);
        put_string(out, "klass", r->klass);
        put_string(out, "policy", r->policy);
        put_string(out, "jurisdiction", r->jurisdiction);
        put_string(out, "chips", r->chips);
        put_date(out, "effective", r->effective);
        put_date(out, "until", r->until);
        put_date(out, "as_of", r->as_of);
        put_int(out, "applies", (int)r->applies);
        put_int(out, "join_any", r->join_any);
        put_int(out, "quantity", (int)r->quantity);
        put_number(out, "min", r->min);
        put_number(out, "max", r->max);
        put_int(out, "confidence", (int)r->confidence);
        su_buf_puts(out, "    },\n");
    }
    su_buf_puts(out, "};\n");
}

static void put_engines(struct su_buf *out, const struct su_catalog *c)
{
    begin_table(out, "su_engine", "engines", c->n_engines);
    for (size_t i = 0; i < c->n_engines; i++) {
        const struct su_engine *e = &c->engines[i];
        su_buf_puts(out, "    {\n");
        put_string(out, "stack", e->stack);
        put_string(out, "component", e->component);
        put_string(out, "engine", e->engine);
        put_string(out, "chips", e->chips);
        put_string(out, "image", e->image);
        put_string(out, "version", e->version);
        put_string(out, "resource", e->resource);
        put_string(out, "visible_env", e->visible_env);
        put_string(out, "device_nodes", e->device_nodes);
        put_string(out, "mounts", e->mounts);
        put_string(out, "security", e->security);
        put_string(out, "args", e->args);
        put_string(out, "int8_args", e->int8_args);
        put_string(out, "health", e->health);
        put_string(out, "notes", e->notes);
        put_string(out, "source", e->source);
        put_number(out, "shm_gib", e->shm_gib);
        put_int(out, "devices_per_card", (int)e->devices_per_card);
        put_date(out, "as_of", e->as_of);
        put_int(out, "confidence", (int)e->confidence);
        su_buf_puts(out, "    },\n");
    }
    su_buf_puts(out, "};\n");
}

static void put_catalog(struct su_buf *out, const struct su_catalog *c)
{
    su_buf_puts(out, "\nstatic const struct su_catalog catalog = {\n");
    su_buf_printf(out, "     .accels = accels,\n     .n_accels = %zu,\n", c->n_accels);
    su_buf_printf(out, "     .servers = servers,\n     .n_servers = %zu,\n", c->n_servers);
    su_buf_printf(out, "     .prices = prices,\n     .n_prices = %zu,\n", c->n_prices);
    su_buf_printf(out, "     .fx = fx,\n     .n_fx = %zu,\n", c->n_fx);
    su_buf_printf(out, "     .market = market,\n     .n_market = %zu,\n", c->n_market);
    su_buf_printf(out, "     .opex = opex,\n     .n_opex = %zu,\n", c->n_opex);
    su_buf_printf(out, "     .support = support,\n     .n_support = %zu,\n", c->n_support);
    su_buf_printf(out, "     .rules = rules,\n     .n_rules = %zu,\n", c->n_rules);
    su_buf_printf(out, "     .engines = engines,\n     .n_engines = %zu,\n", c->n_engines);
    put_date(out, "newest", c->newest);
    su_buf_puts(out, "};\n\n"
                     "const struct su_catalog *su_catalog_embedded(void)\n"
                     "{\n"
                     "    return &catalog;\n"
                     "}\n");
}

enum su_status embed_catalog(struct su_arena *arena, const char *data_dir, const char *out_dir,
                             struct su_err *err)
{
    struct su_catalog c;
    SU_TRY(su_catalog_read_dir(arena, data_dir, &c, err));
    struct writer w = {0};
    put_accels(&w, &c);
    put_servers(&w, &c);
    put_prices(&w.out, &c);
    put_fx(&w.out, &c);
    put_opex(&w.out, &c);
    put_market(&w.out, &c);
    put_support(&w.out, &c);
    put_rules(&w.out, &c);
    put_engines(&w.out, &c);
    put_catalog(&w.out, &c);

    struct su_buf file;
    su_buf_init(&file);
    su_buf_puts(&file, "/* Made by tools/embed from data/. Do not edit. */\n"
                       "#include \"catalog/catalog.h\"\n\n"
                       "#include <math.h>\n");
    begin_table(&file, "su_fact_value", "values", w.n_values);
    su_buf_add(&file, w.values.p, w.values.n);
    su_buf_puts(&file, "};\n");
    su_buf_add(&file, w.out.p, w.out.n);
    enum su_status st = embed_write(arena, out_dir, "embedded_catalog.c", &file, err);
    su_buf_release(&file);
    su_buf_release(&w.values);
    su_buf_release(&w.out);
    return st;
}
