namespace Tern.Plan.Memory;

/// <summary>Searching for what still fits.</summary>
static class LargestCount
{
    /// <summary>The largest count up to a limit for which something holds that holds for all smaller ones; 0 where it holds for none.</summary>
    public static long Of(long limit, Func<long, bool> fits)
    {
        long known = 0, end = limit + 1;
        while (end - known > 1)
        {
            var middle = known + (end - known) / 2;
            if (fits(middle)) known = middle;
            else end = middle;
        }
        return known;
    }
}
