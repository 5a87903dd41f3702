using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Tern.Numerics.Assembled;

/// <summary>How the kernels of attention address the current number of up to 12 rows that are a stride apart: two base registers, six rows each.</summary>
static class QueryRows
{
    public const int Most = 12;

    const int RowsPerBase = 6, NumberBytes = 4;

    public static readonly AssemblerRegister64 Stride = r9;

    static readonly AssemblerRegister64 Low = rdx, High = r8, ThreeStrides = r10, FiveStrides = r11;

    /// <summary>Once <see cref="Stride"/> is loaded.</summary>
    public static void EmitStrides(Assembler code)
    {
        code.lea(ThreeStrides, __qword_ptr[Stride + Stride * 2]);
        code.lea(FiveStrides, __qword_ptr[Stride + Stride * 4]);
    }

    /// <summary>Begins with the first number of each row.</summary>
    public static void EmitFirst(Assembler code, AssemblerMemoryOperand rows, int queries)
    {
        code.mov(Low, rows);
        if (queries > RowsPerBase) code.lea(High, __qword_ptr[Low + ThreeStrides * 2]);
    }

    /// <summary>Goes on to the next 4 bytes of each row.</summary>
    public static void EmitNext(Assembler code, int queries)
    {
        code.add(Low, NumberBytes);
        if (queries > RowsPerBase) code.add(High, NumberBytes);
    }

    public static AssemblerMemoryOperand At(int query)
    {
        var rows = query < RowsPerBase ? Low : High;
        return (query % RowsPerBase) switch
        {
            0 => rows + 0,
            3 => rows + ThreeStrides,
            5 => rows + FiveStrides,
            var other => rows + Stride * other,
        };
    }
}
