namespace Tern.Cli.Flags;

/// <summary>Values of flags that the libraries take as given.</summary>
static class Checked
{
    /// <exception cref="WrongUseException">The value is smaller.</exception>
    public static int AtLeast(int value, int least, string flag) =>
        value >= least ? value : throw new WrongUseException($"{flag}: {value} is too small; it must be {least} or more");

    /// <exception cref="WrongUseException">The value lies outside.</exception>
    public static int Within(int value, int least, int most, string flag) =>
        AtLeast(value, least, flag) <= most ? value : throw new WrongUseException($"{flag}: {value} is too large; it must be {most} or less");

    /// <summary>"512,1024".</summary>
    /// <exception cref="WrongUseException">An element is not a whole number of at least 0.</exception>
    public static int[] Counts(string list, string flag, string what = "tokens") => [.. list.Split(',').Select(text =>
        int.TryParse(text, System.Globalization.NumberStyles.None, null, out var count)
            ? count
            : throw new WrongUseException($"{flag}: '{text}' is not a number of {what}; give one number, or several with commas"))];
}
