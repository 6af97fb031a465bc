/* Collectives: the closed forms by hand, and the ring against a ring that is run step by step. */
#include <math.h>

#include "perf/perf.h"
#include "su_test.h"

/* 100 GB/s, 80 % of it reached, 2 us a step; between servers 50 GB/s, half of it, 10 us. */
static struct su_device device(enum su_topology topology)
{
    return (struct su_device){.link_bytes_per_s = 100e9,
                              .nic_bytes_per_s = 50e9,
                              .topology = topology,
                              .domain_cards = 8};
}

static struct su_device rack(void)
{
    struct su_device d = device(SU_TOPOLOGY_SWITCH);
    d.domain_cards = 16;
    return d;
}

static struct su_eff eff(void)
{
    struct su_eff e = su_eff_default(SU_EFF_MID);
    e.link_frac = 0.8;
    e.hop_s = 2e-6;
    e.nic_frac = 0.5;
    e.nic_hop_s = 10e-6;
    return e;
}

static double ring_s(double n, double bytes, double bytes_per_s, double hop_s)
{
    return 2 * (n - 1) / n * bytes / bytes_per_s + 2 * (n - 1) * hop_s;
}

#define RANKS_MAX 16

/* Oracle: every rank holds n pieces; in each of 2(n-1) steps it passes one piece on to the next
 * rank, first adding, then replacing. Returns the time, and checks that all sums are complete. */
static double simulate_ring_s(int n, double bytes, double bytes_per_s, double hop_s)
{
    double piece[RANKS_MAX][RANKS_MAX];
    for (int rank = 0; rank < n; rank++) {
        for (int p = 0; p < n; p++)
            piece[rank][p] = rank + 1;
    }
    double time_s = 0;
    for (int step = 0; step < 2 * (n - 1); step++) {
        double sent[RANKS_MAX];
        for (int rank = 0; rank < n; rank++)
            sent[rank] = piece[rank][((rank - step) % n + n) % n];
        for (int rank = 0; rank < n; rank++) {
            int from = (rank + n - 1) % n;
            int p = ((from - step) % n + n) % n;
            piece[rank][p] = step < n - 1 ? piece[rank][p] + sent[from] : sent[from];
        }
        time_s += bytes / n / bytes_per_s + hop_s;
    }
    for (int rank = 0; rank < n; rank++) {
        for (int p = 0; p < n; p++)
            assert_near(piece[rank][p], n * (n + 1) / 2.0, 0);
    }
    return time_s;
}

static void one_rank_or_no_bytes_cost_nothing(void **state)
{
    (void)state;
    struct su_device d = device(SU_TOPOLOGY_SWITCH);
    struct su_eff e = eff();
    assert_near(su_allreduce_s(&d, &e, 1, 1e6), 0, 0);
    assert_near(su_allreduce_s(&d, &e, 8, 0), 0, 0);
    assert_near(su_alltoall_s(&d, &e, 1, 1e6), 0, 0);
    assert_near(su_alltoall_s(&d, &e, 8, 0), 0, 0);
}

static void a_large_all_reduce_is_a_ring(void **state)
{
    (void)state;
    struct su_device d = device(SU_TOPOLOGY_SWITCH);
    struct su_eff e = eff();
    /* 8 ranks, 64 MB: 2*7/8 * 64e6 / 80e9 = 1.4 ms, and 14 steps of 2 us. */
    assert_near(su_allreduce_s(&d, &e, 8, 64e6), 1.4e-3 + 28e-6, 1e-12);
}

static void a_ring_run_step_by_step_takes_as_long(void **state)
{
    (void)state;
    struct su_device d = rack();
    struct su_eff e = eff();
    for (int n = 3; n <= RANKS_MAX; n++) {
        double run_s = simulate_ring_s(n, 1e9, 80e9, 2e-6);
        assert_near(su_allreduce_s(&d, &e, (uint32_t)n, 1e9), run_s, 1e-12);
    }
}

static void a_small_all_reduce_is_one_shot(void **state)
{
    (void)state;
    struct su_device d = device(SU_TOPOLOGY_SWITCH);
    struct su_eff e = eff();
    /* 8 ranks, 8 kB: each reads 7 * 8 kB = 0.7 us, and two steps. The ring would take 28 us. */
    assert_near(su_allreduce_s(&d, &e, 8, 8e3), 7 * 8e3 / 80e9 + 4e-6, 1e-12);
    assert_true(su_allreduce_s(&d, &e, 8, 8e3) < ring_s(8, 8e3, 80e9, 2e-6));
}

static void in_a_mesh_only_the_peers_links_carry(void **state)
{
    (void)state;
    struct su_device d = device(SU_TOPOLOGY_MESH);
    struct su_eff e = eff();
    /* Two of eight cards share one of a card's seven links; four share three; eight use all. */
    assert_near(su_alltoall_s(&d, &e, 2, 1e9), 0.5e9 / (80e9 / 7) + 8e-6, 1e-12);
    assert_near(su_allreduce_s(&d, &e, 4, 1e9), ring_s(4, 1e9, 80e9 * 3 / 7, 2e-6), 1e-12);
    assert_near(su_allreduce_s(&d, &e, 8, 1e9), ring_s(8, 1e9, 80e9, 2e-6), 1e-12);
    struct su_device whole = device(SU_TOPOLOGY_SWITCH);
    for (uint32_t n = 2; n <= 8; n++)
        assert_true(su_allreduce_s(&d, &e, n, 1e8) >= su_allreduce_s(&whole, &e, n, 1e8));
}

static void cards_behind_pcie_keep_half(void **state)
{
    (void)state;
    struct su_device d = device(SU_TOPOLOGY_PCIE);
    struct su_eff e = eff();
    assert_near(su_allreduce_s(&d, &e, 4, 1e9), ring_s(4, 1e9, 40e9, 2e-6), 1e-12);
    assert_near(su_alltoall_s(&d, &e, 4, 1e9), 0.75e9 / 40e9 + 8e-6, 1e-12);
}

static void an_all_to_all_keeps_its_own_share(void **state)
{
    (void)state;
    struct su_device d = rack();
    struct su_eff e = eff();
    for (uint32_t n = 2; n <= 16; n++)
        assert_near(su_alltoall_s(&d, &e, n, 1e9), 1e9 * (n - 1) / n / 80e9 + 8e-6, 1e-12);
}

static void more_bytes_or_a_slower_link_never_take_less(void **state)
{
    (void)state;
    struct su_device d = device(SU_TOPOLOGY_SWITCH);
    struct su_device slow = d;
    slow.link_bytes_per_s /= 3;
    struct su_eff e = eff();
    for (uint32_t n = 2; n <= 8; n++) {
        double last_s = 0;
        for (double bytes = 1e2; bytes < 1e10; bytes *= 1.7) {
            double s = su_allreduce_s(&d, &e, n, bytes);
            assert_true(s >= last_s);
            assert_true(su_allreduce_s(&slow, &e, n, bytes) >= s);
            /* Both ways round: no algorithm moves less than (n-1)/n of the payload twice. */
            assert_true(s >= 2.0 * (n - 1) / n * bytes / 80e9);
            last_s = s;
        }
    }
}

static void an_all_reduce_of_two_servers_goes_inside_across_and_inside(void **state)
{
    (void)state;
    struct su_device d = device(SU_TOPOLOGY_SWITCH);
    struct su_eff e = eff();
    /* 64 MB, 16 cards: a ring of 8 inside (1.4 ms, 14 steps), and each card's 8 MB with its peer
     * in the other server at 25 GB/s (0.32 ms, 2 steps). */
    assert_near(su_allreduce_s(&d, &e, 16, 64e6), 1.4e-3 + 28e-6 + 0.32e-3 + 20e-6, 1e-12);
    /* Four servers: a ring of four, 2*3/4 * 8 MB and 6 steps. */
    assert_near(su_allreduce_s(&d, &e, 32, 64e6), 1.4e-3 + 28e-6 + 0.48e-3 + 60e-6, 1e-12);
    /* 8 kB: one shot inside, one shot between. */
    assert_near(su_allreduce_s(&d, &e, 16, 8e3), 7 * 8e3 / 80e9 + 4e-6 + 1e3 / 25e9 + 20e-6, 1e-12);
}

/* Oracle: every card holds its number in every part; after the three phases each holds the sum.
 * Bytes that leave a card over the NIC are counted on the way. */
static void the_three_phases_sum_everything_with_the_bytes_of_the_formula(void **state)
{
    (void)state;
    enum { SERVERS = 2, CARDS = 8 };
    double part[SERVERS][CARDS][CARDS]; /* of card c of server s: its value in part p */
    double nic_parts = 0;
    for (int s = 0; s < SERVERS; s++)
        for (int c = 0; c < CARDS; c++)
            for (int p = 0; p < CARDS; p++)
                part[s][c][p] = s * CARDS + c + 1;
    for (int s = 0; s < SERVERS; s++)
        for (int p = 0; p < CARDS; p++)
            for (int c = 0; c < CARDS; c++)
                part[s][p][p] += c == p ? 0 : part[s][c][p]; /* reduce-scatter */
    for (int p = 0; p < CARDS; p++) {
        double sum = part[0][p][p] + part[1][p][p];
        part[0][p][p] = part[1][p][p] = sum;
        nic_parts += p == 0 ? 1 : 0; /* card 0 sends its part once */
    }
    for (int s = 0; s < SERVERS; s++)
        for (int c = 0; c < CARDS; c++)
            for (int p = 0; p < CARDS; p++)
                part[s][c][p] = part[s][p][p]; /* all-gather */
    for (int s = 0; s < SERVERS; s++)
        for (int c = 0; c < CARDS; c++)
            for (int p = 0; p < CARDS; p++)
                assert_near(part[s][c][p], 16 * 17 / 2.0, 0);
    struct su_device d = device(SU_TOPOLOGY_SWITCH);
    struct su_device one_server = rack();
    struct su_eff e = eff();
    one_server.domain_cards = 8;
    double bytes = 1e9;
    double across_s = su_allreduce_s(&d, &e, 16, bytes) - su_allreduce_s(&one_server, &e, 8, bytes);
    assert_near(across_s, nic_parts * bytes / CARDS / 25e9 + 20e-6, 1e-9);
}

static void an_all_to_all_sends_over_the_nic_what_leaves_the_server(void **state)
{
    (void)state;
    struct su_device d = device(SU_TOPOLOGY_SWITCH);
    struct su_eff e = eff();
    /* 16 cards: half of 1 GB leaves; 7/16 go over the faster link meanwhile. */
    assert_near(su_alltoall_s(&d, &e, 16, 1e9), 0.5e9 / 25e9 + 20e-6, 1e-12);
    assert_near(su_alltoall_s(&d, &e, 32, 1e9), 0.75e9 / 25e9 + 20e-6, 1e-12);
    /* Where the network is faster than the link, the link decides. */
    d.nic_bytes_per_s = 1e15;
    e.nic_hop_s = 0;
    assert_near(su_alltoall_s(&d, &e, 16, 1e9), 7 / 16.0 * 1e9 / 80e9 + 8e-6, 1e-12);
}

static void a_peer_is_in_the_server_or_behind_the_nic(void **state)
{
    (void)state;
    struct su_device d = device(SU_TOPOLOGY_SWITCH);
    struct su_eff e = eff();
    assert_near(su_sendrecv_s(&d, &e, false, 1e9), 1e9 / 80e9 + 2e-6, 1e-12);
    assert_near(su_sendrecv_s(&d, &e, true, 1e9), 1e9 / 25e9 + 10e-6, 1e-12);
    assert_near(su_sendrecv_s(&d, &e, true, 0), 0, 0);
}

static void more_servers_or_a_slower_network_never_take_less(void **state)
{
    (void)state;
    struct su_device d = device(SU_TOPOLOGY_SWITCH);
    struct su_device slow = d;
    slow.nic_bytes_per_s /= 4;
    struct su_eff e = eff();
    for (double bytes = 1e3; bytes < 1e10; bytes *= 10) {
        for (uint32_t n = 8; n <= 128; n += 8) {
            assert_true(su_allreduce_s(&d, &e, n + 8, bytes) >= su_allreduce_s(&d, &e, n, bytes));
            assert_true(su_alltoall_s(&d, &e, n + 8, bytes) >= su_alltoall_s(&d, &e, n, bytes));
            assert_true(su_allreduce_s(&slow, &e, n, bytes) >= su_allreduce_s(&d, &e, n, bytes));
            assert_true(su_alltoall_s(&slow, &e, n, bytes) >= su_alltoall_s(&d, &e, n, bytes));
        }
    }
}

static void a_network_nobody_states_carries_nothing(void **state)
{
    (void)state;
    struct su_device d = device(SU_TOPOLOGY_SWITCH);
    struct su_eff e = eff();
    d.nic_bytes_per_s = 0;
    assert_true(isinf(su_allreduce_s(&d, &e, 16, 1e6)) != 0);
    assert_true(isinf(su_alltoall_s(&d, &e, 16, 1e6)) != 0);
    assert_true(isfinite(su_allreduce_s(&d, &e, 8, 1e6)) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_rank_or_no_bytes_cost_nothing),
        cmocka_unit_test(a_large_all_reduce_is_a_ring),
        cmocka_unit_test(a_ring_run_step_by_step_takes_as_long),
        cmocka_unit_test(a_small_all_reduce_is_one_shot),
        cmocka_unit_test(in_a_mesh_only_the_peers_links_carry),
        cmocka_unit_test(cards_behind_pcie_keep_half),
        cmocka_unit_test(an_all_to_all_keeps_its_own_share),
        cmocka_unit_test(more_bytes_or_a_slower_link_never_take_less),
        cmocka_unit_test(an_all_reduce_of_two_servers_goes_inside_across_and_inside),
        cmocka_unit_test(the_three_phases_sum_everything_with_the_bytes_of_the_formula),
        cmocka_unit_test(an_all_to_all_sends_over_the_nic_what_leaves_the_server),
        cmocka_unit_test(a_peer_is_in_the_server_or_behind_the_nic),
        cmocka_unit_test(more_servers_or_a_slower_network_never_take_less),
        cmocka_unit_test(a_network_nobody_states_carries_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
