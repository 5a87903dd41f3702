using Tern.Geometry.Language;

namespace Tern.Geometry.Tests.Algebra;

/// <summary>Theorems of plane geometry, and what becomes false when a premise is dropped or the goal is changed.</summary>
static class Theorems
{
    public static TheoryData<string> True =>
    [
        "a b c = triangle a b c; h = on_tline h b a c, on_tline h c a b ? perp a h b c",
        Simson("on_circle d o a"),
        NinePoints("foot"),
        Pappus("on_line c a b"),
        Desargues("on_line c1 o c"),
        // Napoleon: the triangles must be on the same side of the sides, which the diagram says.
        "a b c = triangle a b c; d = eq_triangle d a b; e = eq_triangle e b c; f = eq_triangle f c a; x = circle x a b d; y = circle y b c e; z = circle z c a f ? cong x y y z",
        // Equal inscribed angles, as directed angles.
        "a b c = triangle a b c; o = circle o a b c; d = on_circle d o a ? eqangle c a c b d a d b",
        // The centre of either a circle inside or one outside: three bisectors share a point.
        "a b c = triangle a b c; i = incenter i a b c ? eqangle b a b i b i b c",
        // Menelaus as a ratio: (AF/FB)(BD/DC) = AE/EC for a line through D, E, F.
        "a b c = triangle a b c; d = on_line d b c; e = on_line e a c; f = on_line f d e, on_line f a b ? distmeq a f f b b d d c e c a e 1 -1 1 -1 1 -1 1",
        // The law of cosines for an angle of 60 degrees: |bc|² = |ab|² + |ac|² - |ab| |ac| where |ac| = 2 |ab|.
        "a b = segment a b; c = s_angle b a c 60, rconst a b a c 1/2 ? r2const b c a b 3",
        "a b = segment a b; c = s_angle b a c 40, s_angle a b c -40 ? aconst c a c b 5pi/9",
        "a = free a; b = lconst b a 30; c = lconst c a 40, on_tline c a a b ? lconst b c 50",
        // The fourth point of a trapezoid with equal legs; the other solution of its equations is a parallelogram.
        "a b c d = eq_trapezoid a b c d ? cyclic a b c d",
        "a b c = triangle a b c; d = shift d c a b ? para d a b c",
        "a b c = triangle a b c; p = midpoint p a b; q = midpoint q a c ? simtri a p q a b c",
        "o w = segment o w; a = free a; b = free b; x y z i = cc_tangent x y z i o a w b ? cong x y z i",
        "a b c = triangle a b c; d e f = 3peq d e f a b c ? midp f d e",
        "a b = segment a b; x y = trisegment x y a b ? rconst a x a b 1/3",
        // Points with coordinates, of which only what is said of them counts.
        "a@0_0 = ; b@2_0 = ; c@1_1.732 = ; m@1_0 = coll a b m, cong a m m b, cong a b a c, cong a b b c ? perp c m a b; aconst a b a c 120",
        "a b c = triangle a b c; t = lc_tangent t a b; p q = tangent p q c a b ? perp p q c a",
    ];

    public static TheoryData<string> False =>
    [
        "a b c = triangle a b c; h = on_tline h b a c, on_tline h c a b ? perp a h a b",
        "a b c = triangle a b c; h = on_tline h b a c, on_bline h a b ? perp a h b c",
        Simson("free d"),
        NinePoints("free"),
        Pappus("free c"),
        Desargues("free c1"),
        "a b c = triangle a b c; o = circle o a b c; d = free d ? eqangle c a c b d a d b",
        "a b c = triangle a b c; o = circle o a b c; d = on_circle d o a ? eqangle c a c b d b d a",
        "a b c = triangle a b c; i = incenter i a b c ? eqangle b a b i b i i c",
        "a b c = triangle a b c; i = incenter i a b c ? perp a i b c",
        "a b = segment a b; c = s_angle b a c 60, rconst a b a c 1/2 ? r2const b c a b 2",
        "a b = segment a b; c = s_angle b a c 40, s_angle a b c -40 ? aconst c a c b 4pi/9",
        "a = free a; b = lconst b a 30; c = lconst c a 40, on_tline c a a b ? lconst b c 51",
        "a b c d = eq_trapezoid a b c d ? para a d b c",
        "a b c = triangle a b c; d = shift d c a b ? cyclic a b c d",
        "a b c = triangle a b c; p = midpoint p a b; q = midpoint q a c ? simtri a p q a c b",
        "o w = segment o w; a = free a; b = free b; x y z i = cc_tangent x y z i o a w b ? cong x o y w",
        "a b = segment a b; x y = trisegment x y a b ? rconst a x a b 2/3",
    ];

    public static Problem Read(string text) => Problem.Parse(text, "theorem");

    static string Simson(string point) =>
        $"a b c = triangle a b c; o = circle o a b c; d = {point}; e = foot e d b c; f = foot f d c a; g = foot g d a b ? coll e f g";

    static string NinePoints(string foot) =>
        $"a b c = triangle a b c; d = midpoint d b c; e = midpoint e c a; f = midpoint f a b; g = {(foot == "foot" ? "foot g a b c" : "on_line g b c")} ? cyclic d e f g";

    static string Pappus(string point) =>
        $"a b = segment a b; c = {point}; d e = segment d e; f = on_line f d e; x = on_line x a e, on_line x b d; y = on_line y a f, on_line y c d; z = on_line z b f, on_line z c e ? coll x y z";

    static string Desargues(string point) =>
        $"a b c = triangle a b c; o = free o; a1 = on_line a1 o a; b1 = on_line b1 o b; c1 = {point}; x = on_line x a b, on_line x a1 b1; y = on_line y b c, on_line y b1 c1; z = on_line z c a, on_line z c1 a1 ? coll x y z";
}
