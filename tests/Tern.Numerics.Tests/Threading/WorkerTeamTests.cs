using Tern.Numerics.Threading;

namespace Tern.Numerics.Tests.Threading;

public sealed class WorkerTeamTests
{
    /// <summary>Counts how often each item is done, and by which worker.</summary>
    struct Counting(int[] done, int threads, int chunk) : IParallelBody
    {
        public readonly void Run(int start, int end, int worker)
        {
            if (worker < 0 || worker >= threads) throw new InvalidOperationException($"worker {worker} of {threads}");
            if (threads > 1 && chunk > 0 && done.Length > chunk && end - start > chunk) throw new InvalidOperationException($"{end - start} items, not {chunk}");
            for (var i = start; i < end; i++) Interlocked.Increment(ref done[i]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Every_item_is_done_exactly_once(int threads)
    {
        var random = new Random(threads);
        using var team = new WorkerTeam(threads);
        for (var loop = 0; loop < 2000; loop++)
        {
            var count = random.Next(4) == 0 ? random.Next(4) : random.Next(500);
            var chunk = random.Next(3) == 0 ? 0 : 1 + random.Next(count + 10);
            var done = new int[count];
            var body = new Counting(done, threads, chunk);
            team.For(ref body, count, chunk);
            Assert.All(done, times => Assert.Equal(1, times));
        }
    }

    [Fact]
    public void Zero_and_negative_counts_are_no_loop()
    {
        using var team = new WorkerTeam(2);
        var body = new Throwing(0);
        team.For(ref body, 0);
        team.For(ref body, -1);
        team.For(ref body, int.MinValue, int.MaxValue);
    }

    struct Summing : IParallelBody
    {
        public long Sum;

        public void Run(int start, int end, int worker)
        {
            var sum = 0L;
            for (var i = start; i < end; i++) sum += i;
            Interlocked.Add(ref Sum, sum);
        }
    }

    [Fact]
    public void The_body_is_the_callers_own_and_keeps_what_was_written_into_it()
    {
        using var team = new WorkerTeam(3);
        var body = new Summing();
        team.For(ref body, 1000, 7);
        Assert.Equal(499_500, body.Sum);
    }

    struct CountingItems : IParallelBody
    {
        public long Items;

        public void Run(int start, int end, int worker) => Interlocked.Add(ref Items, end - start);
    }

    [Fact]
    public void A_loop_whose_last_chunk_ends_past_the_largest_integer_does_every_item()
    {
        using var team = new WorkerTeam(2);
        var body = new CountingItems();
        team.For(ref body, int.MaxValue, int.MaxValue / 2 + 1);
        Assert.Equal(int.MaxValue, body.Items);
    }

    struct Throwing(int at) : IParallelBody
    {
        public readonly void Run(int start, int end, int worker)
        {
            if (start <= at && at < end) throw new InvalidDataException($"item {at}");
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void An_exception_surfaces_and_the_team_lives_on(int threads)
    {
        using var team = new WorkerTeam(threads);
        for (var at = 0; at < 100; at++)
        {
            var body = new Throwing(at);
            var failure = Assert.Throws<AggregateException>(() => team.For(ref body, 100, 1));
            Assert.Equal($"item {at}", Assert.IsType<InvalidDataException>(failure.InnerException).Message);
            var done = new int[50];
            var counting = new Counting(done, threads, 1);
            team.For(ref counting, 50, 1);
            Assert.All(done, times => Assert.Equal(1, times));
        }
    }

    struct AlwaysThrowing : IParallelBody
    {
        public readonly void Run(int start, int end, int worker) => throw new InvalidDataException("always");
    }

    [Fact]
    public void Exceptions_on_all_threads_at_once_are_one_failure()
    {
        using var team = new WorkerTeam(4);
        for (var loop = 0; loop < 200; loop++)
        {
            var body = new AlwaysThrowing();
            Assert.Throws<AggregateException>(() => team.For(ref body, 1000, 1));
            var fine = new Summing();
            team.For(ref fine, 10, 1);
            Assert.Equal(45, fine.Sum);
        }
    }

    struct Nesting(WorkerTeam team) : IParallelBody
    {
        public readonly void Run(int start, int end, int worker)
        {
            var inner = new Summing();
            team.For(ref inner, 100, 1);
        }
    }

    [Fact]
    public void A_loop_inside_a_loop_is_refused_and_the_team_lives_on()
    {
        using var team = new WorkerTeam(2);
        var nesting = new Nesting(team);
        var failure = Assert.Throws<AggregateException>(() => team.For(ref nesting, 10, 1));
        Assert.IsType<InvalidOperationException>(failure.InnerException);
        var body = new Summing();
        team.For(ref body, 10, 1);
        Assert.Equal(45, body.Sum);
    }

    // More threads than cores make a loop slow (the waiting spin where the working should run), hence fewer of them.
    [Theory]
    [InlineData(2, 100_000)]
    [InlineData(4, 2_000)]
    public void Tiny_loops_end_even_when_the_workers_fall_asleep_in_between(int threads, int loops)
    {
        using var team = new WorkerTeam(threads);
        var body = new Summing();
        for (var loop = 0; loop < loops; loop++)
        {
            team.For(ref body, 3, 1);
            // Longer and shorter than the time after which a worker parks, to hit the moment in which it lies down.
            if (loop % 500 == 0) Thread.Sleep(1);
            else if (loop % 50 == 0) Thread.SpinWait(loop % 4000);
        }
        Assert.Equal(3L * loops, body.Sum);
    }

    [Fact]
    public void Starting_a_loop_allocates_nothing()
    {
        using var team = new WorkerTeam(2);
        var body = new Summing();
        for (var loop = 0; loop < 200; loop++) team.For(ref body, 100, 1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var loop = 0; loop < 200; loop++) team.For(ref body, 100, 1);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Teams_can_be_disposed_at_any_time_between_loops_and_twice()
    {
        for (var round = 0; round < 200; round++)
        {
            var team = new WorkerTeam(1 + round % 4);
            var body = new Summing();
            if (round % 3 != 0) team.For(ref body, 20, 1);
            if (round % 20 == 0) Thread.Sleep(1);       // the workers sleep
            team.Dispose();
            team.Dispose();
        }
    }

    [Fact]
    public void Zero_threads_are_one_per_core_and_fewer_are_refused()
    {
        using var team = new WorkerTeam();
        Assert.Equal(Environment.ProcessorCount, team.Threads);
        Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerTeam(-1));
    }

    [Fact]
    public void A_loop_on_a_disposed_team_is_refused()
    {
        var team = new WorkerTeam(2);
        team.Dispose();
        var body = new Nothing();
        Assert.Throws<ObjectDisposedException>(() => team.For(ref body, 10, 1));
    }

    struct Nothing : IParallelBody
    {
        public readonly void Run(int start, int end, int worker) { }
    }
}
