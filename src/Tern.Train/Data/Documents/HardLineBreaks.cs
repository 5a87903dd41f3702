namespace Tern.Train.Data.Documents;

/// <summary>Joins the lines of text that was broken at a fixed width, as Project Gutenberg's books are. Verse, lists and headings keep their lines.</summary>
static class HardLineBreaks
{
    /// <summary>Narrower paragraphs are taken for verse.</summary>
    const int NarrowestProse = 55;

    /// <summary>How far below the width of its paragraph a line may end although the next word would have fitted: editors are not exact.</summary>
    const int Slack = 5;

    /// <summary>Paragraphs stay apart by one empty line; within prose, runs of blanks are one.</summary>
    public static string Remove(string text) => string.Join("\n\n", Paragraphs(text).Select(lines => IsProse(lines) ? Joined(lines) : string.Join('\n', lines)));

    static IEnumerable<IReadOnlyList<string>> Paragraphs(string text)
    {
        var paragraph = new List<string>();
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                paragraph.Add(line.TrimEnd());
                continue;
            }

            if (paragraph.Count > 0)
            {
                yield return paragraph;
                paragraph = [];
            }
        }

        if (paragraph.Count > 0)
        {
            yield return paragraph;
        }
    }

    /// <summary>In at least three of four places where a line ends, the next word would have made it too long.</summary>
    static bool IsProse(IReadOnlyList<string> lines)
    {
        var width = Math.Max(NarrowestProse, lines.Max(line => line.Length) - Slack);
        var wraps = lines.Zip(lines.Skip(1), (line, next) => line.Length + 1 + FirstWord(next) > width).Count(isWrap => isWrap);
        return 4 * wraps >= 3 * (lines.Count - 1);
    }

    static int FirstWord(string line)
    {
        var word = line.TrimStart();
        var end = word.IndexOf(' ', StringComparison.Ordinal);
        return end < 0 ? word.Length : end;
    }

    static string Joined(IReadOnlyList<string> lines) => string.Join(' ', lines.SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
}
