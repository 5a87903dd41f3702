using System.Buffers;

namespace Tern.Models.Tokenizers;

/// <summary>A token that is found in the text before the model sees it (added_tokens of tokenizer.json).</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">The text that stands for it.</param>
/// <param name="Special">A control token: only found where the caller asks for special tokens, dropped when decoding.</param>
public sealed record AddedToken(int Id, string Content, bool Special)
{
    /// <summary>Takes the white space on its left along.</summary>
    public bool LStrip { get; init; }

    /// <summary>Takes the white space on its right along.</summary>
    public bool RStrip { get; init; }

    /// <summary>Only counts where no letter or digit touches it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Is looked for in the normalised text, not in the raw one.</summary>
    public bool Normalized { get; init; }
}

/// <summary>Finds added tokens in a text: leftmost first, longest of those that start at one place.</summary>
sealed class AddedTokenMatcher
{
    readonly CharTrie trie;
    readonly SearchValues<char> firstChars;
    readonly AddedToken[] tokens;

    AddedTokenMatcher(AddedToken[] tokens, Func<AddedToken, string> contentOf)
    {
        this.tokens = tokens;
        var entries = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < tokens.Length; i++)
            if (contentOf(tokens[i]) is { Length: > 0 } content) entries.TryAdd(content, i);
        trie = new CharTrie(entries);
        firstChars = SearchValues.Create([.. entries.Keys.Select(content => content[0]).Distinct()]);
    }

    /// <summary>Null where there is nothing to look for.</summary>
    public static AddedTokenMatcher? Of(IEnumerable<AddedToken> tokens, Func<AddedToken, string> contentOf)
    {
        var wanted = tokens.Where(token => token.Content.Length > 0).ToArray();
        return wanted.Length == 0 ? null : new AddedTokenMatcher(wanted, contentOf);
    }

    /// <summary>The next token at or behind <paramref name="from"/>; start and end include the white space that it takes along.</summary>
    public bool TryFind(ReadOnlySpan<char> text, int from, out int start, out int end, out int id)
    {
        for (var at = from; at < text.Length; at++)
        {
            var skip = text[at..].IndexOfAny(firstChars);
            if (skip < 0) break;
            at += skip;
            var index = trie.Longest(text[at..], out var length);
            if (index < 0) continue;
            var token = tokens[index];
            if (token.SingleWord && (at > 0 && char.IsLetterOrDigit(text[at - 1]) || at + length < text.Length && char.IsLetterOrDigit(text[at + length])))
                continue;
            (start, end, id) = (at, at + length, token.Id);
            while (token.LStrip && start > from && char.IsWhiteSpace(text[start - 1])) start--;
            while (token.RStrip && end < text.Length && char.IsWhiteSpace(text[end])) end++;
            return true;
        }
        (start, end, id) = (0, 0, 0);
        return false;
    }
}
