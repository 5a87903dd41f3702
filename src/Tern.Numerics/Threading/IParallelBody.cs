namespace Tern.Numerics.Threading;

/// <summary>The body of a parallel loop, as a struct so that starting one allocates nothing.</summary>
public interface IParallelBody
{
    /// <summary>Does the items [start, end). Called for disjoint ranges on several threads.</summary>
    /// <param name="start">First item.</param>
    /// <param name="end">One past the last item.</param>
    /// <param name="worker">0 .. threads - 1: which scratch memory is free to use.</param>
    void Run(int start, int end, int worker);
}
