/* bom.csv: what is to be bought and what running it costs, line by line; the last line is the
 * plan's total. */
#include <string.h>

#include "app/plan_parts.h"

enum { ITEM, WHAT, QUANTITY, UNIT, PRICE, AMOUNT, CURRENCY, DATE, SOURCE, TAX, NOTE, N_COLS };
static const enum su_msg titles[N_COLS] = {
    SU_MSG_col_item,  SU_MSG_bom_what,   SU_MSG_bom_quantity, SU_MSG_col_unit,
    SU_MSG_bom_price, SU_MSG_bom_amount, SU_MSG_bom_currency, SU_MSG_bom_date,
    SU_MSG_source,    SU_MSG_bom_tax,    SU_MSG_note};

struct bill {
    struct su_arena *arena;
    struct su_table table;
    const struct su_deploy *d;
    const struct su_view *view;
    enum su_lang lang;
};

/* A spreadsheet takes a cell that starts so for a formula. */
static const char *text_cell(struct su_arena *arena, const char *s)
{
    return s[0] != '\0' && strchr("=+-@\t", s[0]) != NULL ? su_fmt(arena, "'%s", s) : s;
}

static const char *amount(struct bill *b, double v)
{
    return su_fmt(b->arena, "%.2f", v);
}

/* A row with a price: quantity and amount are given, the unit price follows. */
static void put_priced(struct bill *b, enum su_msg item, const char *what, double quantity,
                       enum su_msg unit, struct su_money total, const char *date,
                       const char *source, enum su_price_tax tax, const char *note)
{
    const char *cells[N_COLS] = {0};
    double sum = su_money_amount(total);
    cells[ITEM] = su_text(b->lang, item);
    cells[WHAT] = text_cell(b->arena, what);
    cells[QUANTITY] = su_fmt(b->arena, "%.10g", quantity);
    cells[UNIT] = su_text(b->lang, unit);
    cells[PRICE] = amount(b, sum / quantity);
    cells[AMOUNT] = amount(b, sum);
    cells[CURRENCY] = su_currency_code(total.currency);
    cells[DATE] = date;
    cells[SOURCE] = text_cell(b->arena, source);
    cells[TAX] = su_tax_text(b->view, tax);
    cells[NOTE] = text_cell(b->arena, note);
    su_table_row(&b->table, cells);
}

static const char *price_note(struct bill *b)
{
    const struct su_quote *q = b->d->quote;
    double n = q->card_hours > 0 ? q->card_hours : 1;
    const char *text = su_text_fill(b->arena, b->lang, SU_MSG_bom_range, "low",
                                    amount(b, su_money_amount(q->low) / n), "high",
                                    amount(b, su_money_amount(q->high) / n), NULL);
    const char *more[] = {su_quote_notes(b->arena, b->view, q), q->row->notes};
    for (size_t i = 0; i < 2; i++) {
        if (more[i] != NULL && more[i][0] != '\0')
            text =
                su_fmt(b->arena, "%s%s%s", text, su_text(b->lang, SU_MSG_list_semicolon), more[i]);
    }
    return text;
}

static void put_servers(struct bill *b)
{
    const struct su_deploy *d = b->d;
    const char *what = d->server_name;
    if (what == NULL)
        what = su_text_fill(b->arena, b->lang, SU_MSG_bom_plain_server, "cards",
                            su_fmt(b->arena, "%u", d->n_cards_server), "chip", d->chip_name, NULL);
    if (d->quote->known && d->quote->card_hours > 0) {
        put_priced(b, SU_MSG_bom_rent, what,
                   d->n_servers * d->quote->card_hours * d->horizon_months,
                   SU_MSG_bom_unit_card_hour, d->cost->rent, d->quote->row->date.text,
                   d->quote->row->source, d->quote->row->tax, price_note(b));
    } else if (d->quote->known) {
        put_priced(b, SU_MSG_bom_server, what, d->n_servers, SU_MSG_bom_unit_server,
                   d->cost->servers, d->quote->row->date.text, d->quote->row->source,
                   d->quote->row->tax, price_note(b));
    } else {
        const char *cells[N_COLS] = {0};
        cells[ITEM] = su_text(b->lang, SU_MSG_bom_server);
        cells[WHAT] = text_cell(b->arena, what);
        cells[QUANTITY] = su_fmt(b->arena, "%u", d->n_servers);
        cells[UNIT] = su_text(b->lang, SU_MSG_bom_unit_server);
        cells[NOTE] = su_text_fill(b->arena, b->lang, SU_MSG_bom_no_quote, "date", d->date, NULL);
        su_table_row(&b->table, cells);
    }
    const char *cells[N_COLS] = {0};
    cells[ITEM] = su_text(b->lang, SU_MSG_bom_card);
    cells[WHAT] = text_cell(b->arena, d->chip_name);
    cells[QUANTITY] = su_fmt(b->arena, "%u", d->n_servers * d->n_cards_server);
    cells[UNIT] = su_text(b->lang, SU_MSG_bom_unit_card);
    cells[NOTE] = su_text(b->lang, SU_MSG_bom_in_server);
    su_table_row(&b->table, cells);
}

static const char *source_of(struct bill *b, const struct su_assumption *a)
{
    return a->as_of[0] != '\0' ? a->source : su_text(b->lang, SU_MSG_assumed_no_figure);
}

static void put_running(struct bill *b)
{
    const struct su_deploy *d = b->d;
    const struct su_cost_basis *basis = d->basis;
    const char *code = su_currency_word(b->lang, basis->currency);
    struct su_arena *a = b->arena;
    const char *power = su_fmt(a, "%.2f", d->power_kw);
    put_priced(b, SU_MSG_cost_electricity,
               su_text_fill(a, b->lang, SU_MSG_bom_electricity, "kw", power, "load",
                            su_fmt(a, "%g", basis->load_frac.value), "pue",
                            su_fmt(a, "%g", basis->pue.value), "price",
                            su_fmt(a, "%.4g %s", basis->electricity.value, code), NULL),
               d->horizon_months, SU_MSG_bom_unit_month, d->cost->electricity,
               basis->electricity.as_of, source_of(b, &basis->electricity), SU_PRICE_TAX_UNKNOWN,
               "");
    put_priced(b, SU_MSG_cost_hosting,
               su_text_fill(a, b->lang, SU_MSG_bom_hosting, "kw", power, "price",
                            su_fmt(a, "%.4g %s", basis->hosting.value, code), NULL),
               d->horizon_months, SU_MSG_bom_unit_month, d->cost->hosting, basis->hosting.as_of,
               source_of(b, &basis->hosting), SU_PRICE_TAX_UNKNOWN, "");
    put_priced(b, SU_MSG_cost_upkeep,
               su_text_fill(a, b->lang, SU_MSG_bom_upkeep, "pct",
                            su_fmt(a, "%.3g", basis->upkeep_frac.value * 100), NULL),
               d->horizon_months, SU_MSG_bom_unit_month, d->cost->upkeep, basis->upkeep_frac.as_of,
               source_of(b, &basis->upkeep_frac), SU_PRICE_TAX_UNKNOWN, "");
}

static void put_total(struct bill *b, struct su_money total)
{
    const char *cells[N_COLS] = {0};
    cells[ITEM] = su_text(b->lang, SU_MSG_total);
    cells[WHAT] = su_text_fill(
        b->arena, b->lang, b->d->quote->card_hours > 0 ? SU_MSG_bom_total_rent : SU_MSG_bom_total,
        "months", su_fmt(b->arena, "%g", b->d->horizon_months), NULL);
    cells[AMOUNT] = amount(b, su_money_amount(total));
    cells[CURRENCY] = su_currency_code(total.currency);
    su_table_row(&b->table, cells);
}

/* Servers of one kind and what running them costs; false when they have no price. */
static bool put_kind(struct bill *b)
{
    const struct su_deploy *d = b->d;
    put_servers(b);
    if (!d->quote->known)
        return false;
    const struct su_assumption *network = &d->basis->network_frac;
    if (d->cost->network.micro > 0)
        put_priced(b, SU_MSG_cost_network,
                   su_text_fill(b->arena, b->lang, SU_MSG_bom_network, "pct",
                                su_fmt(b->arena, "%.3g", network->value * 100), NULL),
                   1, SU_MSG_bom_unit_lot, d->cost->network, network->as_of, source_of(b, network),
                   SU_PRICE_TAX_UNKNOWN, "");
    if (d->quote->card_hours <= 0)
        put_running(b);
    return true;
}

void su_deploy_put_bom(struct su_arena *arena, struct su_buf *out, const struct su_deploy *kinds,
                       size_t n, const struct su_money *total, const struct su_view *view)
{
    struct bill b = {.arena = arena, .view = view, .lang = view->lang};
    su_table_init(&b.table, arena);
    for (size_t i = 0; i < N_COLS; i++)
        su_table_col(&b.table, su_text(b.lang, titles[i]), SU_ALIGN_LEFT, false);
    bool priced = true;
    for (size_t i = 0; i < n; i++) {
        b.d = &kinds[i];
        priced = put_kind(&b) && priced;
    }
    if (priced)
        put_total(&b, *total);
    su_table_write_csv(out, &b.table);
}

bool su_deploy_is_bom(struct su_str text)
{
    for (int lang = 0; lang < 2; lang++) {
        const char *p = text.p;
        size_t left = text.n;
        bool same = true;
        for (size_t i = 0; same && i <= N_COLS; i++) {
            const char *word = i == 0 ? "\xef\xbb\xbf" : su_text((enum su_lang)lang, titles[i - 1]);
            size_t n = strlen(word);
            size_t comma = i > 0 && i < N_COLS;
            same = left >= n + comma && memcmp(p, word, n) == 0 && (!comma || p[n] == ',');
            p += same ? n + comma : 0;
            left -= same ? n + comma : 0;
        }
        if (same)
            return true;
    }
    return false;
}
