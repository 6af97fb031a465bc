/* Readers of kernel tables: units, repeats, and the rows that must be left out or refused. */
#include "calib/table.h"

#include "catalog/temp_dir.h"

struct fixture {
    struct temp_dir dir;
    struct su_calib_input in;
    struct calib_tables tables;
    struct su_err err;
};

static void fixture_init(struct fixture *f, const char *chip)
{
    *f = (struct fixture){0};
    temp_dir_init(&f->dir);
    f->in = (struct su_calib_input){
        .catalog = su_catalog_embedded(), .chip = chip, .n_dirs = 1, .as_of = "2026-01-01"};
    f->in.dirs = &f->dir.path;
}

static enum su_status fixture_read(struct fixture *f)
{
    f->tables = (struct calib_tables){0};
    return calib_tables_read(&f->dir.arena, &f->in, &f->tables, &f->err);
}

static void fixture_release(struct fixture *f)
{
    temp_dir_release(&f->dir);
}

static void times_become_seconds_and_repeats_their_median(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "h100_sxm_80g");
    temp_dir_write(&f.dir, "gemm.csv",
                   "dtype,m,n,k,latency_us\nbfloat16,16,4096,4096,14\nbfloat16,16,4096,4096,12\n"
                   "bfloat16,16,4096,4096,50\nfp8,16,4096,4096,9\n");
    assert_ok(fixture_read(&f), f.err);
    assert_int_equal(f.tables.rows.n, 2);
    const struct calib_row *row = &f.tables.rows.items[0];
    assert_int_equal(row->id, SU_SURFACE_gemm_bf16);
    assert_near(row->latency_s, 14e-6, 1e-12);
    assert_near(row->work.n, 4096, 0);
    assert_int_equal(f.tables.rows.items[1].id, SU_SURFACE_gemm_fp8);
    /* the same shape in another format stays on the same side of a split */
    assert_true(row->shape == f.tables.rows.items[1].shape);
    assert_true(row->key != f.tables.rows.items[1].key);
    fixture_release(&f);
}

static void a_cell_that_is_no_number_is_refused_with_its_line(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "h100_sxm_80g");
    temp_dir_write(&f.dir, "gemm.csv",
                   "dtype,m,n,k,latency_us\nbfloat16,16,4096,4096,14\nbfloat16,16,x,4096,12\n");
    assert_int_equal(fixture_read(&f), SU_ERR_INPUT);
    assert_non_null(strstr(f.err.where, "gemm.csv:3"));
    assert_non_null(strstr(f.err.message, "n is \"x\""));
    temp_dir_write(&f.dir, "gemm.csv", "dtype,m,n,k,latency_us\nbfloat16,0,4096,4096,14\n");
    assert_int_equal(fixture_read(&f), SU_ERR_INPUT);
    assert_non_null(strstr(f.err.message, "m is \"0\""));
    temp_dir_write(&f.dir, "gemm.csv", "dtype,m,n,k,latency_us\nwhat,1,4096,4096,14\n");
    assert_int_equal(fixture_read(&f), SU_ERR_INPUT);
    assert_non_null(strstr(f.err.message, "number format"));
    temp_dir_write(&f.dir, "gemm.csv", "dtype,m,n,k\nbfloat16,1,4096,4096\n");
    assert_int_equal(fixture_read(&f), SU_ERR_INPUT);
    assert_non_null(strstr(f.err.message, "latency_us"));
    fixture_release(&f);
}

static void a_directory_without_tables_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "h100_sxm_80g");
    assert_int_equal(fixture_read(&f), SU_ERR_INPUT);
    assert_non_null(strstr(f.err.message, "no kernel table"));
    f.in.chip = "h100_smx_80g";
    temp_dir_write(&f.dir, "gemm.csv", "dtype,m,n,k,latency_us\nbfloat16,1,4096,4096,14\n");
    assert_int_equal(fixture_read(&f), SU_ERR_INPUT);
    fixture_release(&f);
}

/* One row of each file is good, the others are traps; the reason must be counted. */
static void check_rejected(const char *file, const char *text, const char *reason, size_t n_kept)
{
    struct fixture f;
    fixture_init(&f, "h100_sxm_80g");
    temp_dir_write(&f.dir, file, text);
    assert_ok(fixture_read(&f), f.err);
    assert_int_equal(f.tables.rows.n, n_kept);
    bool found = false;
    for (size_t i = 0; i < f.tables.rejects.n; i++) {
        const struct su_calib_reject *r = &f.tables.rejects.items[i];
        if (strstr(r->reason, reason) == NULL)
            continue;
        found = true;
        assert_int_equal(r->n, 1);
        assert_non_null(strstr(r->where, ".csv:3"));
    }
    if (!found)
        fail_msg("%s: nothing was left out because of \"%s\"", file, reason);
    fixture_release(&f);
}

static void traps_are_left_out_with_a_reason(void **state)
{
    (void)state;
    /* 2*4096^3 FLOP in 100 us is 1374 TFLOPS, above 1.15 * 989; in 140 us it is not */
    check_rejected("gemm.csv",
                   "dtype,m,n,k,latency_us\nbfloat16,4096,4096,4096,140\n"
                   "bfloat16,4096,4096,4096,100\n",
                   "1.15 times the peak", 1);
    check_rejected("gemm.csv",
                   "dtype,m,n,k,latency_us\nfp8_block,16,4096,4096,60\nfp8_block,16,4096,128,55\n",
                   "single block", 1);
    check_rejected("mla_decode.csv",
                   "dtype,kv_dtype,batch,q_heads,kv_len,latency_us,kernel\n"
                   "bfloat16,bfloat16,8,16,4096,20,flash_attention\n"
                   "bfloat16,fp8,8,16,4096,200,flash_attention\n",
                   "converts the whole cache", 1);
    check_rejected("mla_prefill_module.csv",
                   "dtype,kv_dtype,gemm_dtype,batch,q_heads,q_len,kv_len,latency_us,kernel\n"
                   "bfloat16,fp8,fp8_block,1,16,64,64,200,X\nfp8,fp8,fp8_block,1,16,64,64,200,X\n",
                   "computed in FP8", 1);
    check_rejected("moe.csv",
                   "dtype,tokens,hidden,inter,experts,topk,ep,tp,latency_us,distribution\n"
                   "fp8_block,64,2048,768,128,8,1,1,90,balanced\n"
                   "w4a8_mxfp4_mxfp8,64,2048,768,128,8,1,1,90,balanced\n",
                   "no surface", 1);
    check_rejected("grouped_gemm.csv",
                   "dtype,phase,local_experts,m_total,m_total_from_mfu,n,k,latency_us\n"
                   "fp8,decode,16,256,240,4096,7168,170\nfp8,decode,16,256,900,4096,7168,170\n",
                   "nominal", 1);
    check_rejected("attention_decode.csv",
                   "dtype,kv_dtype,batch,q_heads,kv_heads,head_dim,kv_len,latency_us\n"
                   "bfloat16,bfloat16,8,32,8,128,4096,60\nbfloat16,bfloat16,8,4,8,128,4096,60\n",
                   "more key heads", 1);
    /* prefill_kv_len counts the chunk itself */
    check_rejected("attention_mixed.csv",
                   "dtype,kv_dtype,q_heads,kv_heads,head_dim,prefill_q_len,prefill_kv_len,"
                   "decode_batch,decode_kv_len,latency_us\n"
                   "bfloat16,bfloat16,32,8,128,512,512,8,1024,150\n"
                   "bfloat16,bfloat16,32,8,128,512,256,8,1024,150\n",
                   "more queries than keys", 1);
    /* the decodes count for the peak: the chunk alone could take 34 us */
    check_rejected("attention_mixed.csv",
                   "dtype,kv_dtype,q_heads,kv_heads,head_dim,prefill_q_len,prefill_kv_len,"
                   "decode_batch,decode_kv_len,latency_us\n"
                   "bfloat16,bfloat16,32,8,128,16,16,128,32768,9000\n"
                   "bfloat16,bfloat16,32,8,128,16,16,128,32768,34\n",
                   "1.15 times the peak", 1);
}

static void a_mixed_call_is_a_chunk_and_decodes_of_one_model(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "rtx_4090_24g");
    temp_dir_write(&f.dir, "attention_mixed.csv",
                   "dtype,kv_dtype,q_heads,kv_heads,head_dim,prefill_q_len,prefill_kv_len,"
                   "decode_batch,decode_kv_len,latency_us,model,tp\n"
                   "bfloat16,bfloat16,32,4,128,256,1280,16,2048,300,A,1\n"
                   "bfloat16,bfloat16,32,4,128,256,1280,16,2048,310,B,2\n"
                   "bfloat16,bfloat16,32,4,128,256,1280,16,2048,320,B,2\n"
                   "bfloat16,bfloat16,32,4,128,256,1280,32,2048,500,A,1\n");
    assert_ok(fixture_read(&f), f.err);
    /* the same sizes from another model are repeats */
    assert_int_equal(f.tables.rows.n, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct calib_row *row = &f.tables.rows.items[i];
        assert_int_equal(row->id, SU_SURFACE_attention_mixed);
        assert_false(row->work.decode);
        assert_near(row->work.batch, 1, 0);
        assert_near(row->work.q_len, 256, 0);
        assert_near(row->work.kv_len, 1280, 0);
        assert_true(row->decode.decode);
        assert_near(row->decode.q_len, 1, 0);
        assert_near(row->decode.kv_len, 2048, 0);
        assert_near(row->decode.heads, 32, 0);
        assert_near(row->decode.kv_heads, 4, 0);
        assert_near(row->latency_s, row->decode.batch < 20 ? 310e-6 : 500e-6, 1e-12);
    }
    fixture_release(&f);
}

static void the_threefold_times_of_the_skew_table_are_never_read(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "h100_sxm_80g");
    temp_dir_write(&f.dir, "gemm.csv", "dtype,m,n,k,latency_us\nbfloat16,1,4096,4096,14\n");
    temp_dir_write(&f.dir, "attention_decode_skew.csv", "nonsense\n1\n");
    assert_ok(fixture_read(&f), f.err);
    assert_int_equal(f.tables.rows.n, 1);
    fixture_release(&f);
}

/* The later folder's table goes before for the matrices and heads it has; the earlier one fills in
 * others, but not caches that fit four times into the second-level cache (H100: 50 MB): 64 x 2048
 * tokens of 8 heads of 128 in 16 bit are 537 MB, 64 x 512 are 134 MB. */
static void tables_of_two_folders_complete_each_other(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "h100_sxm_80g");
    const char *head = "dtype,kv_dtype,batch,q_heads,kv_heads,head_dim,kv_len,latency_us\n";
    temp_dir_write(&f.dir, "one/gemm.csv",
                   "dtype,m,n,k,latency_us\nbfloat16,1,4096,4096,14\nbfloat16,2,4096,4096,14\n"
                   "bfloat16,1,8192,4096,28\nfp8,1,4096,4096,9\n");
    temp_dir_write(&f.dir, "two/gemm.csv", "dtype,m,n,k,latency_us\nbfloat16,1,4096,4096,15\n");
    temp_dir_write(&f.dir, "one/attention_decode.csv",
                   su_fmt(&f.dir.arena, "%s%s", head,
                          "bfloat16,bfloat16,64,32,8,128,2048,250\n"
                          "bfloat16,bfloat16,64,64,8,128,2048,260\n"
                          "bfloat16,bfloat16,64,64,8,128,512,40\n"));
    temp_dir_write(&f.dir, "two/attention_decode.csv",
                   su_fmt(&f.dir.arena, "%s%s", head, "bfloat16,bfloat16,64,32,8,128,512,99\n"));
    const char *dirs[2] = {su_fmt(&f.dir.arena, "%s/one", f.dir.path),
                           su_fmt(&f.dir.arena, "%s/two", f.dir.path)};
    f.in.dirs = dirs;
    f.in.n_dirs = 2;
    assert_ok(fixture_read(&f), f.err);
    double sum_s = 0;
    for (size_t i = 0; i < f.tables.rows.n; i++)
        sum_s += f.tables.rows.items[i].latency_s;
    assert_int_equal(f.tables.rows.n, 5);
    assert_near(sum_s, (15 + 28 + 9 + 99 + 260) * 1e-6, 1e-9);
    fixture_release(&f);
}

static void grouped_rows_use_the_count_worked_out_from_the_mfu(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "h20_sxm_96g");
    temp_dir_write(&f.dir, "grouped_gemm.csv",
                   "dtype,phase,local_experts,m_total,m_total_from_mfu,n,k,latency_us\n"
                   "fp8,decode,16,256,240,4096,7168,170\nfp8,prefill,16,512,,4096,7168,170\n");
    assert_ok(fixture_read(&f), f.err);
    assert_int_equal(f.tables.rows.n, 2);
    double m = f.tables.rows.items[0].work.m + f.tables.rows.items[1].work.m;
    assert_near(m, 240 + 512, 1e-12);
    fixture_release(&f);
}

static void an_expert_row_counts_active_experts_as_the_model_does(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "h100_sxm_80g");
    temp_dir_write(&f.dir, "moe.csv",
                   "dtype,tokens,hidden,inter,experts,topk,ep,tp,latency_us,distribution\n"
                   "fp8_block,1,2048,768,128,8,4,2,90,power_law_1.2\n");
    assert_ok(fixture_read(&f), f.err);
    const struct su_op_work *w = &f.tables.rows.items[0].work;
    assert_near(w->n, 384, 1e-12);
    assert_near(w->m, 2, 1e-12);
    assert_near(w->experts_active, 2, 1e-9); /* 32 held, each with 8/128 */
    assert_near(w->skew, 1.2, 1e-12);
    fixture_release(&f);
}

static void graph_replay_counts_for_collectives_and_eager_does_not(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "h100_sxm_80g");
    temp_dir_write(&f.dir, "allreduce.csv",
                   "dtype,n_gpus,bytes,latency_us,library,mode\nfloat16,8,512,15,nccl,nccl-tests\n"
                   "bfloat16,8,512,5,custom,graph\nbfloat16,8,512,9,custom,eager\n");
    assert_ok(fixture_read(&f), f.err);
    assert_int_equal(f.tables.points.n, 2);
    assert_int_equal(f.tables.rejects.n, 1);
    fixture_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_become_seconds_and_repeats_their_median),
        cmocka_unit_test(a_cell_that_is_no_number_is_refused_with_its_line),
        cmocka_unit_test(a_directory_without_tables_is_refused),
        cmocka_unit_test(traps_are_left_out_with_a_reason),
        cmocka_unit_test(a_mixed_call_is_a_chunk_and_decodes_of_one_model),
        cmocka_unit_test(the_threefold_times_of_the_skew_table_are_never_read),
        cmocka_unit_test(tables_of_two_folders_complete_each_other),
        cmocka_unit_test(grouped_rows_use_the_count_worked_out_from_the_mfu),
        cmocka_unit_test(an_expert_row_counts_active_experts_as_the_model_does),
        cmocka_unit_test(graph_replay_counts_for_collectives_and_eager_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
