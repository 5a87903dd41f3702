using System.Runtime.CompilerServices;
using Tern.Models;

namespace Tern.Run.Constraints;

/// <summary>
/// The network run on bytes: a state is the set of all (network state, stack of returns) that the text so far may have led to.
/// Sets and stacks are interned and transitions kept, so that after a while every step is one look-up in a table.
/// Safe to share between threads.
/// </summary>
sealed class GrammarAutomaton
{
    const int MaxInternedStates = 20_000;
    const int MaxConfigurations = 50_000;

    readonly GrammarNetwork network;
    readonly byte[] classOfByte = new byte[256];
    readonly byte[] byteOfClass;
    readonly Lock gate = new();
    readonly Dictionary<Configuration[], AutomatonState> interned = new(new SameConfigurations());
    readonly Dictionary<(int Return, StackFrame? Outer), StackFrame> frames = [];
    int nextFrame = 1;

    public GrammarAutomaton(GrammarNetwork network)
    {
        this.network = network;
        byteOfClass = PartitionBytes();
        Dead = new AutomatonState([], canEnd: false, byteOfClass.Length);
        for (var i = 0; i < Dead.Next.Length; i++) Dead.Next[i] = Dead;
        lock (gate) Start = Close([new Configuration(network.Start, null)]);
    }

    public AutomatonState Start { get; }

    /// <summary>No text that comes this way is a prefix of the language.</summary>
    public AutomatonState Dead { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public AutomatonState Step(AutomatonState state, byte value) => state.Next[classOfByte[value]] ?? Compute(state, classOfByte[value]);

    AutomatonState Compute(AutomatonState state, byte byteClass)
    {
        var value = byteOfClass[byteClass];
        lock (gate)
        {
            var reached = new List<Configuration>();
            foreach (var configuration in state.Configurations)
                foreach (var (first, last, target) in network.States[configuration.State].Bytes)
                    if (first <= value && value <= last) reached.Add(configuration with { State = target });
            var next = reached.Count == 0 ? Dead : Close(reached);
            Volatile.Write(ref state.Next[byteClass], next);
            return next;
        }
    }

    /// <summary>Follows everything that reads no byte: empty edges, calls, returns.</summary>
    AutomatonState Close(List<Configuration> reached)
    {
        var seen = new HashSet<Configuration>(reached);
        var pending = new Stack<Configuration>(reached);
        var reading = new List<Configuration>();
        var canEnd = false;
        while (pending.TryPop(out var configuration))
        {
            if (seen.Count > MaxConfigurations) throw new TernException("the grammar is too ambiguous: one text has too many readings");
            var (at, stack) = configuration;
            var state = network.States[at];
            if (state.Bytes.Count > 0) reading.Add(configuration);
            foreach (var target in state.Empty) Add(new Configuration(target, stack));
            foreach (var (rule, target) in state.Calls)
                Add(new Configuration(rule, network.States[target].IsOnlyFinal ? stack : Push(target, stack)));
            if (!state.IsFinal) continue;
            if (stack is null) canEnd = true;
            else Add(new Configuration(stack.Return, stack.Outer));
        }
        reading.Sort((x, y) => x.State != y.State ? x.State.CompareTo(y.State) : (x.Stack?.Id ?? 0).CompareTo(y.Stack?.Id ?? 0));
        return Intern([.. reading], canEnd);

        void Add(Configuration configuration)
        {
            if (seen.Add(configuration)) pending.Push(configuration);
        }
    }

    AutomatonState Intern(Configuration[] configurations, bool canEnd)
    {
        // Whether the text may end does not follow from the reading configurations: it is a part of the key.
        Configuration[] key = canEnd ? [.. configurations, new Configuration(-1, null)] : configurations;
        if (interned.TryGetValue(key, out var known)) return known;
        if (interned.Count >= MaxInternedStates)
        {
            interned.Clear();                                    // states in use live on; equal ones are made anew
            frames.Clear();
        }
        var state = new AutomatonState(configurations, canEnd, byteOfClass.Length);
        interned.Add(key, state);
        return state;
    }

    StackFrame Push(int target, StackFrame? outer)
    {
        if (frames.TryGetValue((target, outer), out var frame)) return frame;
        frame = new StackFrame(target, outer, nextFrame++);
        frames.Add((target, outer), frame);
        return frame;
    }

    /// <summary>Bytes that no edge tells apart share a class; returns one byte of each.</summary>
    byte[] PartitionBytes()
    {
        var begins = new bool[257];
        begins[0] = true;
        foreach (var state in network.States)
            foreach (var (first, last, _) in state.Bytes)
            {
                begins[first] = true;
                begins[last + 1] = true;
            }
        var representatives = new List<byte>();
        for (var value = 0; value < 256; value++)
        {
            if (begins[value]) representatives.Add((byte)value);
            classOfByte[value] = (byte)(representatives.Count - 1);
        }
        return [.. representatives];
    }

    sealed class SameConfigurations : IEqualityComparer<Configuration[]>
    {
        public bool Equals(Configuration[]? x, Configuration[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(Configuration[] configurations)
        {
            var hash = new HashCode();
            foreach (var (state, stack) in configurations)
            {
                hash.Add(state);
                hash.Add(stack?.Id ?? 0);
            }
            return hash.ToHashCode();
        }
    }
}

/// <summary>Where the calls around a network state go on when it ends; shared between all stacks that have it.</summary>
sealed class StackFrame(int target, StackFrame? outer, int id)
{
    public int Return { get; } = target;

    public StackFrame? Outer { get; } = outer;

    public int Id { get; } = id;
}

readonly record struct Configuration(int State, StackFrame? Stack);

/// <summary>A state of the automaton; transitions are filled in as they are met.</summary>
sealed class AutomatonState(Configuration[] configurations, bool canEnd, int byteClasses)
{
    public Configuration[] Configurations { get; } = configurations;

    /// <summary>The text so far is a whole text of the language.</summary>
    public bool CanEnd { get; } = canEnd;

    public AutomatonState?[] Next { get; } = new AutomatonState?[byteClasses];
}
