using System.Text;
using Tern.Models.Tokenizers.Normalizers;

namespace Tern.Models.Tests.Tokenizers;

public class UnicodeFormsTests
{
    /// <summary>
    /// Every code point of the first four planes between an "a" and an acute accent, FNV-1a over the UTF-8 of all results;
    /// the hashes were computed with the unicodedata module of Python 3.11.
    /// </summary>
    [Theory]
    [InlineData(UnicodeForm.Nfc, 0xF20AED79E190B62AUL)]
    [InlineData(UnicodeForm.Nfd, 0x45412B055177D727UL)]
    [InlineData(UnicodeForm.Nfkc, 0x0068908705BA5C31UL)]
    [InlineData(UnicodeForm.Nfkd, 0x23FDF0F9658657FAUL)]
    public void Every_code_point_has_the_form_that_another_implementation_gives(UnicodeForm form, ulong expected)
    {
        var hash = 0xCBF29CE484222325UL;
        for (var code = 0; code < 0x32000; code++)
        {
            if (code is >= 0xD800 and < 0xE000) continue;
            foreach (var value in Encoding.UTF8.GetBytes(UnicodeForms.Normalize("a" + char.ConvertFromUtf32(code) + "\u0301", form)))
                hash = (hash ^ value) * 0x100000001B3UL;
        }
        Assert.Equal(expected, hash);
    }

    [Theory]
    [InlineData("\u1E9B\u0323", UnicodeForm.Nfc, "\u1E9B\u0323")]
    [InlineData("\u1E9B\u0323", UnicodeForm.Nfd, "\u017F\u0323\u0307")]
    [InlineData("\u1E9B\u0323", UnicodeForm.Nfkc, "\u1E69")]
    [InlineData("\u1E9B\u0323", UnicodeForm.Nfkd, "s\u0323\u0307")]
    [InlineData("\u1100\u1161\u11A8", UnicodeForm.Nfc, "\uAC01")]
    [InlineData("\uAC01", UnicodeForm.Nfd, "\u1100\u1161\u11A8")]
    [InlineData("\uFF76\uFF9E", UnicodeForm.Nfkc, "\u30AC")]
    [InlineData("q\u0307\u0323x", UnicodeForm.Nfc, "q\u0323\u0307x")]
    public void The_examples_of_the_standard_hold(string text, UnicodeForm form, string expected) =>
        Assert.Equal(expected, UnicodeForms.Normalize(text, form));

    [Fact]
    public void Text_that_needs_no_change_is_returned_as_it_is()
    {
        const string text = "Fünf große Äpfel, 五个苹果";
        Assert.Same(text, UnicodeForms.Normalize(text, UnicodeForm.Nfc));
    }
}
