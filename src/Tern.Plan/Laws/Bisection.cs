namespace Tern.Plan.Laws;

/// <summary>Halving of an interval.</summary>
static class Bisection
{
    /// <summary>Where a function that falls passes zero, to the rounding of a double; the end of the interval that is nearer where it does not. The function is not above zero there, unless it is nowhere.</summary>
    /// <param name="low">Lower end.</param>
    /// <param name="high">Upper end.</param>
    /// <param name="falling">Never rises between the ends.</param>
    public static double Root(double low, double high, Func<double, double> falling)
    {
        while ((low + high) / 2 is var middle && middle > low && middle < high)
        {
            if (falling(middle) > 0) low = middle;
            else high = middle;
        }
        return high;
    }
}
