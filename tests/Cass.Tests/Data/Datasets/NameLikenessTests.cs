using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.Datasets;

public sealed class NameLikenessTests
{
    [Theory]
    [InlineData("Glioma", "glioma", "upper and lower case")]
    [InlineData("no tumor", "no\u00A0tumor", "white space")]
    [InlineData("no tumor", "no  tumor", "white space")]
    [InlineData("tumor", "tumor\u3000", "white space")]
    [InlineData("tumor", "\u2003tumor", "white space")]
    [InlineData("m\u00E9", "me\u0301", "Unicode form")]
    [InlineData("\uAC01", "\u1100\u1161\u11A8", "Unicode form")]
    [InlineData("\u1EC7", "e\u0302\u0323", "Unicode form")]
    [InlineData("\u212B", "A\u030A", "Unicode form")]
    [InlineData("tu\u200Bmor", "tumor", "characters that are not seen")]
    [InlineData("M\u00C9", "me\u0301 ", "white space and Unicode form and upper and lower case")]
    public void Names_that_look_alike_are_found_with_their_difference(string first, string second, string difference)
    {
        Assert.True(NameLikeness.AreAlike(first, second));
        Assert.Equal((first, second), NameLikeness.FirstPair(["other", first, second]));
        Assert.Equal(difference, NameLikeness.Difference(first, second));
    }

    [Theory]
    [InlineData("m\u00E9", "me")]
    [InlineData("notumor", "no tumor")]
    [InlineData("no_tumor", "no tumor")]
    [InlineData("\u00D6", "O")]
    [InlineData("Gr\u00F6\u00DFe", "Gr\u00FC\u00DFe")]
    [InlineData("1", "01")]
    [InlineData("\u01D5", "\u1E7A")]
    public void Other_names_are_not(string first, string second) => Assert.Null(NameLikeness.FirstPair([first, second]));

    [Theory]
    [InlineData("no tumor", "no tumor")]
    [InlineData("no\u00A0tumor", @"no\u00A0tumor")]
    [InlineData("me\u0301", @"me\u0301")]
    [InlineData(" a ", @"\u0020a\u0020")]
    [InlineData("x  y", @"x \u0020y")]
    public void What_is_not_plainly_seen_is_shown(string name, string shown) => Assert.Equal(shown, NameLikeness.Shown(name));

    /// <summary>Python's <c>unicodedata.normalize("NFD", …)</c>, over a character of each kind.</summary>
    [Theory]
    [InlineData("\u01D5", "U\u0308\u0304")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\uFB2C", "\u05E9\u05BC\u05C1")]
    [InlineData("\u2126", "\u03A9")]
    [InlineData("\uD55C", "\u1112\u1161\u11AB")]
    [InlineData("\uAC00", "\u1100\u1161")]
    [InlineData("\uF900", "\u8C48")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\u0121\u0323", "g\u0323\u0307")]
    [InlineData("\u1E7A", "U\u0304\u0308")]
    [InlineData("plain", "plain")]
    public void Decomposition_is_that_of_Unicode(string text, string decomposed) =>
        Assert.Equal(decomposed, CanonicalDecomposition.Of(text));
}
