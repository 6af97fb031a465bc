/* servers/<id>.json. */
#include "catalog/read.h"

static const char *const keys[] = {
    "id",         "name",       "accelerator_id", "accel_count", "topology", "cpu",
    "intra_link", "nic",        "nic_gbps_total", "notes",       "source",   "chassis_power_kw",
    "as_of",      "confidence",
};

/* A rack holds up to some hundred cards; 10,000 is a cluster, not a box. */
static const struct su_catalog_bound accel_count = {1, 1e4, true};
static const struct su_catalog_bound nic_gbps_total = {0, 1e7, false};
static const struct su_catalog_bound chassis_power_kw = {0.05, 1e4, false};

static enum su_status read_texts(const struct su_doc *doc, struct su_server *s, struct su_err *err)
{
    SU_TRY(su_catalog_doc_text(doc, "id", SU_DOC_REQUIRED, &s->id, err));
    SU_TRY(su_catalog_doc_text(doc, "name", SU_DOC_REQUIRED, &s->name, err));
    SU_TRY(su_catalog_doc_text(doc, "accelerator_id", SU_DOC_REQUIRED, &s->accelerator_id, err));
    SU_TRY(su_catalog_doc_text(doc, "cpu", SU_DOC_OPTIONAL, &s->cpu, err));
    SU_TRY(su_catalog_doc_text(doc, "intra_link", SU_DOC_OPTIONAL, &s->intra_link, err));
    SU_TRY(su_catalog_doc_text(doc, "nic", SU_DOC_OPTIONAL, &s->nic, err));
    SU_TRY(su_catalog_doc_text(doc, "notes", SU_DOC_OPTIONAL, &s->notes, err));
    return su_catalog_doc_text(doc, "source", SU_DOC_REQUIRED, &s->source, err);
}

enum su_status su_catalog_read_server(struct su_arena *arena, const char *path, const char *name,
                                      struct su_catalog_parts *parts, struct su_err *err)
{
    struct su_doc *doc = NULL;
    SU_TRY(su_catalog_doc_read(arena, path, name, keys, sizeof(keys) / sizeof(keys[0]), &doc, err));
    struct su_server s = {0};
    SU_TRY(read_texts(doc, &s, err));
    SU_TRY(su_catalog_doc_fact(arena, doc, "accel_count", SU_DOC_OPTIONAL, &accel_count,
                               &s.accel_count, err));
    SU_TRY(su_catalog_doc_fact(arena, doc, "nic_gbps_total", SU_DOC_OPTIONAL, &nic_gbps_total,
                               &s.nic_gbps_total, err));
    SU_TRY(su_catalog_doc_fact(arena, doc, "chassis_power_kw", SU_DOC_OPTIONAL, &chassis_power_kw,
                               &s.chassis_power_kw, err));
    size_t topology = SU_TOPOLOGY_UNSTATED;
    SU_TRY(su_catalog_doc_word(doc, "topology", SU_DOC_OPTIONAL, &su_catalog_words_topology,
                               &topology, err));
    s.topology = (enum su_topology)topology;
    SU_TRY(su_catalog_doc_date(doc, "as_of", SU_DOC_REQUIRED, &s.as_of, err));
    size_t confidence = 0;
    SU_TRY(su_catalog_doc_word(doc, "confidence", SU_DOC_REQUIRED, &su_catalog_words_confidence,
                               &confidence, err));
    s.confidence = (enum su_confidence)confidence;
    *SU_VEC_PUSH(arena, &parts->servers) = s;
    return SU_OK;
}
