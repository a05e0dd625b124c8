import { fullTurn } from "#core/units";

/** Constants of the SI, exact by definition of 2019, and two of CODATA 2018 that are measured. */

const planck_js = 6.62607015e-34;
export const hbar_js = planck_js / fullTurn;
export const elementaryCharge_c = 1.602176634e-19;
export const lightSpeed_m_per_s = 299792458;
/** CODATA 2018, relative uncertainty 1.5e-10. */
const vacuumPermittivity_f_per_m = 8.8541878128e-12;
/** CODATA 2018, relative uncertainty 3e-10. */
export const atomicMass_kg = 1.6605390666e-27;
/** CODATA 2018, in atomic mass units. */
export const electronMass_u = 5.48579909065e-4;

/** e²/(4πε₀) in J·m: the Coulomb energy of two ions times their distance. */
export const coulombConstant_jm = elementaryCharge_c ** 2 / (2 * fullTurn * vacuumPermittivity_f_per_m);
